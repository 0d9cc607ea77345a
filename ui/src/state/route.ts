/** Where in the page somebody is: the part of the address after `#`. */

export type Route =
  | { readonly at: 'home' }
  | { readonly at: 'request'; readonly id: string }
  | { readonly at: 'report'; readonly id: string }
  | { readonly at: 'webhooks' }
  | { readonly at: 'webhook'; readonly id: string }
  | { readonly at: 'keys' }
  | { readonly at: 'folders' }
  | { readonly at: 'settings' }
  | { readonly at: 'nowhere' };

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function readRoute(hash: string): Route {
  const [room = '', id, more, ...rest] = hash.replace(/^#?\/?/, '').replace(/\/$/, '').split('/');
  if (rest.length > 0) return { at: 'nowhere' };
  if (id === undefined) {
    switch (room) {
      case '': return { at: 'home' };
      case 'webhooks': return { at: 'webhooks' };
      case 'keys': return { at: 'keys' };
      case 'folders': return { at: 'folders' };
      case 'settings': return { at: 'settings' };
      default: return { at: 'nowhere' };
    }
  }
  if (!ID.test(id)) return { at: 'nowhere' };
  if (room === 'requests' && more === undefined) return { at: 'request', id };
  if (room === 'requests' && more === 'report') return { at: 'report', id };
  if (room === 'webhooks' && more === undefined) return { at: 'webhook', id };
  return { at: 'nowhere' };
}

export function linkTo(route: Route): string {
  switch (route.at) {
    case 'home': case 'nowhere': return '#/';
    case 'request': return `#/requests/${route.id}`;
    case 'report': return `#/requests/${route.id}/report`;
    case 'webhook': return `#/webhooks/${route.id}`;
    case 'webhooks': case 'keys': case 'folders': case 'settings': return `#/${route.at}`;
  }
}
