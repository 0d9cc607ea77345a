/** A value that changes and is heard of; components read it as `$value`. */

export type { Readable, Writable } from 'svelte/store';
export { get, readable, writable } from 'svelte/store';
