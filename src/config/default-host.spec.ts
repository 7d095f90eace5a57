import type { NetworkInterfaceInfo } from 'node:os';

import { everyAddress } from './default-host.js';

const common = { netmask: '', mac: '00:00:00:00:00:00', internal: true, cidr: null };
const four: NetworkInterfaceInfo = { ...common, family: 'IPv4', address: '127.0.0.1' };
const six: NetworkInterfaceInfo = { ...common, family: 'IPv6', address: '::1', scopeid: 0 };

describe('everyAddress', () => {
  it('is :: where the machine has IPv6, if only on its loopback', () => {
    expect(everyAddress({ lo: [four, six] })).toBe('::');
  });

  it('is 0.0.0.0 where it has none', () => {
    expect(everyAddress({ lo: [four], eth0: undefined })).toBe('0.0.0.0');
    expect(everyAddress({})).toBe('0.0.0.0');
  });
});
