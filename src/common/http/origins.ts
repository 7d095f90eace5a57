import type { IncomingMessage } from 'node:http';

const LOCAL = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/**
 * An origin as lists compare it: `ws` means the page of the same `http` (realtime.md, "Both"), and the port that a scheme
 * has anyway is left out, as browsers leave it out.
 */
function asPage(origin: string): string {
  const page = origin.toLowerCase().replace(/^ws/, 'http');
  return URL.canParse(page) ? new URL(page).origin : page;
}

/**
 * Whether a page of this origin may use the server (v1.md 4.1): one of the list, or any with `*`; without a list the
 * server's own host and localhost.
 * @param origin the `Origin` header; `null` is foreign
 * @param host the `Host` header
 */
export function isAllowedOrigin(
  origin: string,
  host: string | undefined,
  list: readonly string[] | undefined,
): boolean {
  if (list?.includes('*')) return true;
  if (list) return list.some((allowed) => sameOrigin(asPage(allowed), asPage(origin)));
  if (!URL.canParse(origin)) return false;
  const url = new URL(origin);
  return url.host === host?.toLowerCase() || LOCAL.test(url.hostname);
}

/** Entries for localhost stand for any of its ports. */
function sameOrigin(allowed: string, origin: string): boolean {
  if (allowed === origin) return true;
  if (!URL.canParse(allowed) || !URL.canParse(origin)) return false;
  const [one, other] = [new URL(allowed), new URL(origin)];
  return LOCAL.test(one.hostname) && one.hostname === other.hostname && one.protocol === other.protocol;
}

/** Whether a request comes from a page of the server itself, or from no page at all. */
export function isSameOrigin({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const { origin, host } = headers;
  if (origin === undefined)
    return headers['sec-fetch-site'] === undefined || headers['sec-fetch-site'] === 'same-origin';
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

/** What every answer tells a page that is allowed (v1.md 4.1). */
export const EXPOSED_HEADERS = [
  'Link',
  'Deprecation',
  'Retry-After',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
  'Idempotency-Replayed',
  'X-Server-Time',
  'X-Request-Id',
];
