import { describe, expect, it } from 'vitest';

import { Follows, ID, request } from '../host/fake';
import { following, type Following } from './following';

const at = (done: number) => request(1, { status: 'processing', progress: { total: 100, done, failed: 0, bytesIn: 0, bytesOut: 0 } });

describe('a request that is followed', () => {
  it('tells how fast it goes and how long it takes', () => {
    const follows = new Follows();
    let clock = 0;
    let state: Following = { is: 'loading' };
    const stop = following(follows, ID, () => clock).subscribe((now) => { state = now; });
    for (const [time, done] of [[0, 0], [1_000, 10], [2_000, 20]] as const) {
      clock = time;
      follows.last.onView(at(done));
    }
    expect(state).toMatchObject({ is: 'there', perSecond: 10, secondsLeft: 8 });
    stop();
    expect(follows.ended).toBe(1);
  });

  it('is followed anew once it was changed', () => {
    const follows = new Follows();
    let state: Following = { is: 'loading' };
    const followed = following(follows, ID, () => 0);
    const stop = followed.subscribe((now) => { state = now; });
    follows.last.onView(request(1, { status: 'error' }));
    followed.changed(at(50));
    expect(state).toMatchObject({ is: 'there', view: { status: 'processing' } });
    expect(follows.begun.length).toBe(2);
    stop();
  });

  it('is gone where it was deleted', () => {
    const follows = new Follows();
    let state: Following = { is: 'loading' };
    const stop = following(follows, ID).subscribe((now) => { state = now; });
    follows.last.onGone();
    expect(state).toEqual({ is: 'gone' });
    stop();
  });
});
