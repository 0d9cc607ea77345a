/** What must be true whatever carries the engine, in the real window. */

import { homeTests } from '../both/home';
import { requestTests } from '../both/request';
import { App } from './support/app';

homeTests(() => App.start());
requestTests(() => App.start());
