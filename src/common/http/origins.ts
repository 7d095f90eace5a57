import type { IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';

import { type TrustedProxies, trustedProxies, type TrustProxy } from './client-address.js';

/** The settings that describe how clients reach the server. */
export interface Reach {
  /** `PUBLIC_URL`; undefined if it is not set. */
  readonly publicUrl: string | undefined;
  /** `CORS_ALLOWED_ORIGINS`; undefined allows localhost besides the server's own pages. */
  readonly allowedOrigins: readonly string[] | undefined;
  readonly trustProxy: TrustProxy;
}

type Headed = Pick<IncomingMessage, 'headers' | 'socket'>;

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;
const LOCAL = /^(localhost|127\.0\.0\.1|\[::1\])$/;
const HOST = /^[\w.:[\]-]+$/;
/**
 * Addresses, names without a dot, and suffixes that cannot be registered (RFC 6761, 6762, 8375). A third party cannot
 * own any of them.
 */
const OWN_NAMES = /^(\d+\.\d+\.\d+\.\d+|\[[\da-f:.]+\]|[^.]+|.*\.(localhost|local|internal|test|example|home\.arpa))$/;

/**
 * Decides which pages belong to the server and which others may use it (docs/spec/v1.md#41-cors). The server's own
 * pages are those of `PUBLIC_URL` and of the host of the request, which a proxy may have moved to `X-Forwarded-Host`.
 */
export class Origins {
  /** The proxies whose `X-Forwarded-…` headers are trusted. */
  readonly trusts: TrustedProxies;
  private readonly publicOrigin: URL | undefined;
  private readonly allowed: readonly string[] | undefined;

  constructor({ publicUrl, allowedOrigins, trustProxy }: Reach) {
    this.trusts = trustedProxies(trustProxy);
    this.publicOrigin = publicUrl === undefined ? undefined : new URL(publicUrl);
    this.allowed = allowedOrigins?.map(asPage);
  }

  /** The request's `Origin` if its page may use the server; undefined for a foreign page or without an `Origin`. */
  allowedOf(request: Headed): string | undefined {
    const { origin } = request.headers;
    return origin !== undefined && this.isAllowed(origin, request) ? origin : undefined;
  }

  /** Whether a request comes from a page that may not use the server. */
  isForeign(request: Headed): boolean {
    return request.headers.origin !== undefined && this.allowedOf(request) === undefined;
  }

  /** Whether a request comes from a page of the server, or from no page. Cookies are accepted only then. */
  isOwnPage(request: Headed): boolean {
    const { origin, 'sec-fetch-site': site } = request.headers;
    if (origin === undefined) return site === undefined || site === 'same-origin';
    return this.isOwn(origin, request);
  }

  /**
   * Whether every host that a request names is this machine's or cannot belong to a third party. An attacker's page can
   * point its own name at this machine (DNS rebinding) and is then same-origin; only the name reveals it.
   */
  isOwnName(request: Headed): boolean {
    return [request.headers.host ?? '', ...this.forwardedHost(request)].every((host) => {
      const name = host.toLowerCase().replace(/:\d+$/, '');
      return OWN_NAMES.test(name) || name === this.publicOrigin?.hostname;
    });
  }

  /** The hosts by which browsers reach the server's pages, for the Content-Security-Policy. */
  pageHosts(request: Headed): readonly string[] {
    const [forwarded] = this.forwardedHost(request);
    // With PUBLIC_URL set, the Host header may be the proxy's internal name of the server.
    const hosts = this.publicOrigin ? [this.publicOrigin.host, forwarded] : [forwarded ?? request.headers.host];
    return [...new Set(hosts)].filter((host) => host !== undefined && HOST.test(host)) as string[];
  }

  /**
   * The scheme and host by which a client reached the server, for URLs that are given to others. They come from a
   * trusted proxy, or from the client's `Host` if the server listens there. Undefined for any other `Host`, which the
   * client may have invented.
   * @param protocol `http` or `https`, as Express reports it
   */
  reachedBy(request: Headed & { readonly protocol: string }): string | undefined {
    const { protocol, headers, socket } = request;
    const [forwarded] = this.forwardedHost(request);
    if (forwarded !== undefined && HOST.test(forwarded)) return `${protocol}://${forwarded}`;
    const url = urlOf(`${protocol}://${headers.host ?? ''}`);
    return url && listensAt(url, socket.localPort) ? url.origin : undefined;
  }

  private isAllowed(origin: string, request: Headed): boolean {
    if (this.allowed?.includes('*') || this.isOwn(origin, request)) return true;
    if (this.allowed) return this.allowed.some((allowed) => isSamePage(allowed, asPage(origin)));
    const url = urlOf(origin);
    return url !== undefined && LOCAL.test(url.hostname);
  }

  /** Whether an origin is that of `PUBLIC_URL` or of the requested host; default ports are ignored. */
  private isOwn(origin: string, request: Headed): boolean {
    const url = urlOf(origin);
    if (url === undefined || !isWeb(url)) return false;
    if (url.origin === this.publicOrigin?.origin) return true;
    return [request.headers.host, ...this.forwardedHost(request)].some(
      (host) => host !== undefined && urlOf(`${url.protocol}//${host}`)?.host === url.host,
    );
  }

  /** The last of several values, which the nearest proxy wrote; a client may have sent the others. */
  private forwardedHost({ headers, socket }: Headed): [string] | [] {
    const { 'x-forwarded-host': forwarded } = headers;
    if (typeof forwarded !== 'string' || !this.trusts(socket.remoteAddress ?? '', 0)) return [];
    return [forwarded.slice(forwarded.lastIndexOf(',') + 1).trim()];
  }
}

const urlOf = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined);

const isWeb = ({ protocol }: URL): boolean => protocol === 'http:' || protocol === 'https:';

/**
 * Normalizes an origin for comparison: `ws` becomes `http` (docs/spec/sockets.md#both-sockets) and the default port is
 * removed, as browsers do. `null` and `*` stay unchanged.
 */
function asPage(origin: string): string {
  const page = origin.toLowerCase().replace(/^ws(s?):/, 'http$1:');
  const url = urlOf(page);
  // `url.origin` is "null" for the custom schemes of apps.
  return url ? `${url.protocol}//${url.host}` : page;
}

/** Entries for localhost match any port. */
function isSamePage(allowed: string, origin: string): boolean {
  if (allowed === origin) return true;
  const [one, other] = [urlOf(allowed), urlOf(origin)];
  if (one === undefined || other === undefined) return false;
  return LOCAL.test(one.hostname) && one.hostname === other.hostname && one.protocol === other.protocol;
}

/** Whether a URL names an address of this machine and the port of the connection. */
function listensAt({ protocol, hostname, port }: URL, localPort: number | undefined): boolean {
  const standard = protocol === 'https:' ? 443 : 80;
  if ((port === '' ? standard : Number(port)) !== localPort) return false;
  return LOOPBACK.test(hostname) || interfaceHosts().includes(hostname);
}

const interfaceHosts = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address));

/** Response headers that allowed pages may read (docs/spec/v1.md#41-cors). */
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
