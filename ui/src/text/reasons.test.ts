import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

import { reasonOf } from './reasons';

it('every kind of failure is said in words', () => {
  const table = readFileSync(new URL('../../../engine/src/model/failure.rs', import.meta.url), 'utf8');
  const codes = [...table.matchAll(/^ {4}\w+ = "(\w+)",$/gm)].map((found) => found[1] ?? '');
  expect(codes.length).toBeGreaterThan(20);
  for (const code of codes) {
    expect(reasonOf({ code, reason: 'HTTP 418' }), code).toMatch(/^[A-Z].* /);
  }
});

it('the status that a server answered with is told with what it means', () => {
  expect(reasonOf({ code: 'http_status', reason: 'HTTP 404' })).toBe('There is no image at this address (HTTP 404)');
  expect(reasonOf({ code: 'http_status', reason: 'HTTP 503' })).toBe('The image’s server has failed (HTTP 503)');
});
