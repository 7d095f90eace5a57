import { EnvError, makeValidator } from 'envalid';

import { trustedProxies } from '../common/http/client-address.js';

const MILLISECONDS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Converts `90s`, `5m`, `24h`, `7d` or `0` to milliseconds.
 * @throws EnvError for any other text
 */
export function parseDuration(text: string): number {
  const match = /^(\d+)([smhd])$/.exec(text);
  if (text === '0') return 0;
  if (!match) throw new EnvError(`"${text}" is no duration: a number with s, m, h or d, such as 15m`);
  return Number(match[1]) * MILLISECONDS[match[2] as keyof typeof MILLISECONDS];
}

/**
 * Parses a whole number from `min` to `max`, inclusive.
 * @throws EnvError
 */
export function parseWhole(text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new EnvError(`"${text}" is no whole number from ${min} to ${max}`);
  }
  return value;
}

/**
 * Parses `http://host[:port][/path]` and removes trailing slashes.
 * @throws EnvError
 */
export function parseHttpUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new EnvError(`"${text}" is no http or https URL`);
  }
  return text.replace(/\/+$/, '');
}

/**
 * Accepts a URL with one of these schemes, each with its colon (`redis:`).
 * @throws EnvError without the URL, which may contain a password
 */
export function parseUrlOf(text: string, schemes: readonly string[]): string {
  if (!URL.canParse(text) || !schemes.includes(new URL(text).protocol)) {
    throw new EnvError(`no URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`);
  }
  return text;
}

/** Any scheme with a host, including those of apps, such as `capacitor://localhost` and `tauri://localhost`. */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^/?#@*\s]+\/?$/i;

/**
 * Parses `*` or a comma-separated list of origins. `null` is an origin only if it is listed (docs/spec/v1.md#41-cors).
 * @throws EnvError
 */
export function parseOrigins(text: string): readonly string[] {
  const origins = text.split(',').map((origin) => origin.trim());
  const wrong = origins.filter((origin) => !['*', 'null'].includes(origin) && !isOrigin(origin));
  if (wrong.length > 0) {
    throw new EnvError(`"${wrong.join(', ')}" is no origin: a scheme and a host, such as https://app.example.com`);
  }
  return origins.map((origin) => origin.replace(/\/$/, ''));
}

const isOrigin = (text: string): boolean => ORIGIN.test(text) && URL.canParse(text);

/**
 * Parses a number of proxy hops or a comma-separated list of addresses. `true` is rejected, because it would let any
 * client choose its address.
 * @throws EnvError
 */
export function parseTrustProxy(text: string): false | number | string {
  if (text === 'false') return false;
  if (text === 'true')
    throw new EnvError('"true" lets anybody choose their address: name a number of hops or addresses');
  if (/^\d+$/.test(text)) return Number(text);
  try {
    trustedProxies(text);
  } catch {
    throw new EnvError(`"${text}" names no proxies: a number of hops, or addresses such as 10.0.0.0/8,loopback`);
  }
  return text;
}

/**
 * Accepts exactly `true` or `false`, so that a typing error does not enable a setting.
 * @throws EnvError
 */
export function parseFlag(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new EnvError(`"${text}" is neither true nor false`);
  return text === 'true';
}

export const duration = makeValidator(parseDuration);
export const httpUrl = makeValidator(parseHttpUrl);
export const origins = makeValidator(parseOrigins);
export const trustProxy = makeValidator(parseTrustProxy);
export const flag = makeValidator(parseFlag);
export const whole = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  makeValidator((text: string) => parseWhole(text, min, max));
export const urlOf = (...schemes: string[]) => makeValidator((text: string) => parseUrlOf(text, schemes));
