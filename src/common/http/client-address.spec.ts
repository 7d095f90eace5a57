import { bareAddress, trustedProxies } from './client-address.js';

it.each([
  ['203.0.113.10', '203.0.113.10'],
  ['203.0.113.10:50001', '203.0.113.10'],
  ['203.0.113.10:', '203.0.113.10'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[::ffff:203.0.113.10]:8', '::ffff:203.0.113.10'],
  ['2001:db8::1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1%eth0'],
  // Text that is not an address is kept unchanged, so it never equals a real address.
  ['unknown', 'unknown'],
  ['[unknown]:443', '[unknown]:443'],
  ['999.0.113.10:50001', '999.0.113.10:50001'],
  ['', ''],
])('%j is the address %j', (text, address) => {
  expect(bareAddress(text)).toBe(address);
});

it('trusts nobody, so many hops, or the addresses of a list', () => {
  expect([0, 1].map((hop) => trustedProxies(false)('127.0.0.1', hop))).toEqual([false, false]);
  expect([0, 1, 2].map((hop) => trustedProxies(2)('203.0.113.1', hop))).toEqual([true, true, false]);
  const listed = trustedProxies('10.0.0.0/8, loopback');
  expect(['10.1.2.3', '10.1.2.3:443', '127.0.0.1', '11.1.2.3', 'unknown'].map((address) => listed(address, 0))).toEqual(
    [...[true, true, true], ...[false, false]],
  );
});

it('refuses a list that names nothing', () => {
  expect(() => trustedProxies('my-proxy')).toThrow(TypeError);
});
