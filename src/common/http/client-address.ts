import { isIP } from 'node:net';

import proxyAddress from 'proxy-addr';

/** The parsed `TRUST_PROXY`: trust no proxy, a number of hops, or a comma-separated list of addresses. */
export type TrustProxy = false | number | string;

/** Whether a hop is one of our proxies; hop 0 is the peer itself. */
export type TrustedProxies = (address: string, hop: number) => boolean;

const WITH_BRACKETS = /^\[([^\]]*)\](?::\d*)?$/;
const WITH_PORT = /^(\d+\.\d+\.\d+\.\d+):\d*$/;

/**
 * Removes the port and the brackets around IPv6 that some proxies (Azure, IIS) write in `X-Forwarded-For`. Text that
 * contains no address is returned unchanged.
 */
export function bareAddress(text: string): string {
  const bare = WITH_BRACKETS.exec(text)?.[1] ?? WITH_PORT.exec(text)?.[1] ?? text;
  return isIP(bare) === 0 ? text : bare;
}

/**
 * The proxies that `TRUST_PROXY` names, for Express (`trust proxy`) and for sockets.
 * @throws TypeError for a list without a valid address
 */
export function trustedProxies(trustProxy: TrustProxy): TrustedProxies {
  if (trustProxy === false) return () => false;
  if (typeof trustProxy === 'number') return (_, hop) => hop < trustProxy;
  const isListed = proxyAddress.compile(trustProxy.split(',').map((address) => address.trim()));
  return (address, hop) => isListed(bareAddress(address), hop);
}
