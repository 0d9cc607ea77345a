import { createHost } from '#host';
import { mount } from 'svelte';

import App from './App.svelte';
import { appearances } from './state/appearance';
import { arrivals } from './state/arrivals';
import { desk as deskOf, followChanges, standing, takeOffers } from './state/desk';
import { notices } from './state/notices';
import { listing } from './state/requests';
import { sessions } from './state/session';
import './style/base.css';

const host = createHost();
const desk = host.desktop === undefined ? null : deskOf(host.desktop);
const session = desk === null ? sessions(host, sessionStorage) : standing(host, desk.way);
const page = {
  host,
  session,
  requests: listing(host, session.heed),
  notices: notices(window),
  appearance: appearances(localStorage, document.documentElement),
  arrivals: arrivals(),
  desk,
};
if (desk !== null) {
  takeOffers(desk.desktop, page.arrivals, page.notices);
  followChanges(desk.desktop, page.requests);
}

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has the place');
mount(App, { target, props: { page } });
