import { createHost } from '#host';
import { mount } from 'svelte';

import App from './App.svelte';
import { appearances } from './state/appearance';
import { notices } from './state/notices';
import { listing } from './state/requests';
import { sessions } from './state/session';
import './style/base.css';

const host = createHost();
const session = sessions(host, sessionStorage);
const page = {
  host,
  session,
  requests: listing(host, session.heed),
  notices: notices(window),
  appearance: appearances(localStorage, document.documentElement),
};

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has the place');
mount(App, { target, props: { page } });
