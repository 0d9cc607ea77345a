/** Why images failed, in words. */

import type { FailureGroupView } from '../host/wire';

const BY_CODE: Record<string, string> = {
  address_refused: 'This address may not be reached from here',
  host_not_found: 'There is no server of this name',
  connection_failed: 'No connection to the image’s server',
  tls_failed: 'No secure connection to the image’s server',
  timeout: 'The download took too long',
  stalled: 'The download stood still',
  cut_off: 'The download was cut off',
  source_too_large: 'The file is too large',
  too_many_redirects: 'The link leads from one address to the next without an end',
  bad_redirect: 'The link leads nowhere',
  bad_answer: 'The answer of the image’s server cannot be read',
  file_not_readable: 'The file is not there or cannot be read',
  not_an_image: 'The link leads to something that is no image',
  empty_source: 'The file is empty',
  unsupported_format: 'This kind of image cannot be read',
  corrupt_image: 'The image is damaged',
  too_many_pixels: 'The image has too many pixels',
  too_much_memory: 'The image needs too much memory',
  compress_timeout: 'Compressing took too long',
  cannot_encode: 'The image cannot be written in this format',
  internal: 'A fault in Pixmill',
};

function ofStatus(reason: string): string {
  const status = Number(/\d{3}/.exec(reason)?.[0] ?? NaN);
  if (status === 404 || status === 410) return `There is no image at this address (${reason})`;
  if (status === 401 || status === 403) return `The image’s server does not let us have it (${reason})`;
  if (status === 429) return `The image’s server is asked too often (${reason})`;
  if (status >= 500) return `The image’s server has failed (${reason})`;
  return `The image’s server gave no image (${reason})`;
}

/** What was said of the first image of a group, where that says more than the reason. */
export function exampleOf({ reason, message }: Pick<FailureGroupView, 'reason' | 'message'>): string {
  return message === reason ? '' : `First seen: ${message}.`;
}

/** Why the images of a group failed. */
export function reasonOf({ code, reason }: Pick<FailureGroupView, 'code' | 'reason'>): string {
  return code === 'http_status' ? ofStatus(reason) : (BY_CODE[code] ?? reason);
}
