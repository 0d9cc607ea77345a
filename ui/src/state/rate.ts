/** How fast a request goes, from what was heard of it of late. */

export interface Sample {
  /** Milliseconds on any clock that does not jump. */
  readonly at: number;
  readonly finished: number;
}

/** What is looked back on, in milliseconds. */
const WINDOW_MS = 20_000;
/** Less than this says nothing. */
const LEAST_MS = 1_500;

/** Adds a sample and forgets those that are too old; starts anew where the count went back. */
export function remember(samples: readonly Sample[], sample: Sample): Sample[] {
  const last = samples.at(-1);
  if (last !== undefined && sample.finished < last.finished) return [sample];
  return [...samples.filter(({ at }) => sample.at - at <= WINDOW_MS), sample];
}

/** Images a second; `null` where too little was seen. */
export function perSecond(samples: readonly Sample[], now: number): number | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return null;
  const span = now - first.at;
  return span < LEAST_MS || last.finished === first.finished ? null : ((last.finished - first.finished) / span) * 1000;
}

/** Seconds until all is done at this rate. */
export function secondsLeft(waiting: number, rate: number | null): number | null {
  return rate === null || rate <= 0 ? null : waiting / rate;
}
