import { networkInterfaces } from 'node:os';

type Interfaces = ReturnType<typeof networkInterfaces>;

/** Every address of the machine: `::` takes IPv4 connections too, and cannot be listened on where there is no IPv6. */
export function everyAddress(interfaces: Interfaces = networkInterfaces()): '::' | '0.0.0.0' {
  const addresses = Object.values(interfaces).flatMap((entries) => entries ?? []);
  return addresses.some(({ family }) => family === 'IPv6') ? '::' : '0.0.0.0';
}
