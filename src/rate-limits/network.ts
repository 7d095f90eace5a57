import { isIPv6 } from 'node:net';

import { bareAddress } from '../common/http/client-address.js';

const IPV4_AT_THE_END = /(?:^|:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/;
const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const GROUPS = 8;

/**
 * What counts as one address where addresses are counted (docs/spec/v1.md#42-rate-limits). One customer of IPv6 has a
 * whole /64 and calls from
 * any address of it, so guessing passwords from a new one each time must not begin anew; IPv4 within IPv6 is IPv4.
 * @param written as Node and `X-Forwarded-For` write it; a port and brackets are no part of it
 */
export function networkOf(written = ''): string {
  const address = bareAddress(written);
  const mapped = MAPPED_IPV4.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  return `${groupsOf(address).slice(0, 4).join(':')}::/64`;
}

/** The eight groups of an IPv6 address, in one spelling. */
function groupsOf(address: string): string[] {
  const [bare = ''] = address.split('%');
  const [head = '', tail] = bare.replace(IPV4_AT_THE_END, ':0:0').split('::');
  const [left, right] = [head, tail ?? ''].map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = new Array<string>(Math.max(0, GROUPS - (left?.length ?? 0) - (right?.length ?? 0))).fill('0');
  return [...(left ?? []), ...zeros, ...(right ?? [])].map((group) => parseInt(group, 16).toString(16));
}
