import { isIP } from 'node:net';

import proxyAddress from 'proxy-addr';

/** `TRUST_PROXY` as it was parsed: nobody, a number of hops, or a comma list of addresses. */
export type TrustProxy = false | number | string;

/** Whether a hop on the way to a request is a proxy of ours; the peer itself is hop 0. */
export type TrustedProxies = (address: string, hop: number) => boolean;

const WITH_BRACKETS = /^\[([^\]]*)\](?::\d*)?$/;
const WITH_PORT = /^(\d+\.\d+\.\d+\.\d+):\d*$/;

/**
 * An address without what some proxies add to it in `X-Forwarded-For`: Azure and IIS write the port, and brackets around
 * IPv6. Text that holds no address stays as it is.
 */
export function bareAddress(text: string): string {
  const bare = WITH_BRACKETS.exec(text)?.[1] ?? WITH_PORT.exec(text)?.[1] ?? text;
  return isIP(bare) === 0 ? text : bare;
}

/** The proxies that `TRUST_PROXY` names, for Express (`trust proxy`) and for sockets alike. @throws TypeError for a list that names no addresses */
export function trustedProxies(trustProxy: TrustProxy): TrustedProxies {
  if (trustProxy === false) return () => false;
  if (typeof trustProxy === 'number') return (_, hop) => hop < trustProxy;
  const isListed = proxyAddress.compile(trustProxy.split(',').map((address) => address.trim()));
  return (address, hop) => isListed(bareAddress(address), hop);
}
