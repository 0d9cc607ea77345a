/** Why a host did not do what it was asked. */

import type { FaultView, ProblemView } from './wire';

/** The host answered that it will not or cannot (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly faults: readonly FaultView[] = [],
    readonly moreFaults = 0,
  ) {
    super(detail);
    this.name = 'Problem';
  }

  static from(view: ProblemView): Problem {
    return new Problem(view.status, view.code, view.detail, view.faults ?? [], view.moreFaults ?? 0);
  }
}

/** The host could not be reached. */
export class Unreachable extends Error {
  constructor(cause: unknown, words = 'the server cannot be reached') {
    super(words, { cause });
    this.name = 'Unreachable';
  }
}

export function needsKey(error: unknown): boolean {
  return error instanceof Problem && error.status === 401;
}

export function isGone(error: unknown): boolean {
  return error instanceof Problem && (error.status === 404 || error.status === 403);
}
