import { domainToASCII } from 'node:url';

/** Longest address that SMTP carries (RFC 5321); it also keeps the unique index within its row size. */
const MAX_LENGTH = 254;
const TEXT_AT_TEXT = /^([^\s@\p{Cc}\p{Surrogate}]+)@([^\s@\p{Cc}\p{Surrogate}]+)$/u;
const ASCII_ONLY = /^[\x21-\x7e]+$/;

/**
 * The one spelling an address is stored and compared in: trimmed and lower-cased, its domain in ASCII as the mail goes
 * to it (docs/spec/v1.md#31-own-accounts).
 * @returns undefined for what is no text@text with one `@` and no spaces
 */
export function normalizeEmail(text: string): string | undefined {
  const [, local = '', domain = ''] = TEXT_AT_TEXT.exec(text.trim().toLowerCase()) ?? [];
  const ascii = asciiDomain(domain);
  const email = `${local.normalize('NFC')}@${ascii ?? ''}`;
  return local !== '' && ascii !== undefined && email.length <= MAX_LENGTH ? email : undefined;
}

/**
 * A lower-cased domain as the DNS knows it: full-width letters and dots are others of the same name, `münchen.de` is
 * `xn--mnchen-3ya.de`, and a dot at the end changes nothing.
 * @returns undefined for what is no domain
 */
export function asciiDomain(domain: string): string | undefined {
  const ascii = ASCII_ONLY.test(domain) ? domain : domainToASCII(domain);
  return ascii.replace(/\.$/, '') || undefined;
}
