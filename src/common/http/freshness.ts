import type { IncomingMessage, ServerResponse } from 'node:http';

type Answered = IncomingMessage & { readonly res?: ServerResponse };

/**
 * Whether the client already has the current content, so that 304 is sufficient (RFC 9110, 13.1.2). Calendar programs
 * also send `Cache-Control: no-cache`, which requires exactly this revalidation, but the package that Express uses
 * treats it as a request for the full content.
 */
export function isFresh({ method, headers, res }: Answered): boolean {
  const etag = res?.getHeader('ETag');
  const known = headers['if-none-match'];
  if (typeof etag !== 'string' || known === undefined || !['GET', 'HEAD'].includes(method ?? '')) return false;
  if (res === undefined || res.statusCode < 200 || (res.statusCode >= 300 && res.statusCode !== 304)) return false;
  return known.trim() === '*' || known.split(',').some((tag) => strong(tag) === strong(etag));
}

/** The comparison is weak (RFC 9110, 8.8.3.2): it ignores the `W/` prefix. */
const strong = (tag: string): string => tag.trim().replace(/^W\//, '');
