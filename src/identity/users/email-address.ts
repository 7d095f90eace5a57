/** Longest address that SMTP carries (RFC 5321); it also keeps the unique index within its row size. */
const MAX_LENGTH = 254;
const TEXT_AT_TEXT = /^[^\s@\p{Cc}\p{Surrogate}]+@[^\s@\p{Cc}\p{Surrogate}]+$/u;

/**
 * The one spelling an address is stored and compared in: trimmed and lower-cased (v1.md 3.1).
 * @returns undefined for what is no text@text with one `@` and no spaces
 */
export function normalizeEmail(text: string): string | undefined {
  const email = text.trim().toLowerCase();
  return email.length <= MAX_LENGTH && TEXT_AT_TEXT.test(email) ? email : undefined;
}
