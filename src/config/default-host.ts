import { networkInterfaces } from 'node:os';

type Interfaces = ReturnType<typeof networkInterfaces>;

/** The wildcard address of the machine. `::` also accepts IPv4 connections, but requires IPv6. */
export function everyAddress(interfaces: Interfaces = networkInterfaces()): '::' | '0.0.0.0' {
  const addresses = Object.values(interfaces).flatMap((entries) => entries ?? []);
  return addresses.some(({ family }) => family === 'IPv6') ? '::' : '0.0.0.0';
}
