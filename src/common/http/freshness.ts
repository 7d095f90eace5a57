import type { IncomingMessage, ServerResponse } from 'node:http';

type Answered = IncomingMessage & { readonly res?: ServerResponse };

/**
 * Whether the client has what would be sent, so that 304 says it all (RFC 9110, 13.1.2). `Cache-Control: no-cache`, which
 * calendar programs send along, forbids a cache to answer by itself and asks for just this; the package that Express uses
 * takes it for a wish to have everything again.
 */
export function isFresh({ method, headers, res }: Answered): boolean {
  const etag = res?.getHeader('ETag');
  const known = headers['if-none-match'];
  if (typeof etag !== 'string' || known === undefined || !['GET', 'HEAD'].includes(method ?? '')) return false;
  if (res === undefined || res.statusCode < 200 || (res.statusCode >= 300 && res.statusCode !== 304)) return false;
  return known.trim() === '*' || known.split(',').some((tag) => strong(tag) === strong(etag));
}

/** Only bytes are compared, and those are the same for both kinds of tags. */
const strong = (tag: string): string => tag.trim().replace(/^W\//, '');
