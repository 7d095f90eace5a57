import { normalizeEmail } from './email-address.js';

describe('normalizeEmail', () => {
  it.each([
    ['a@b', 'a@b'],
    ['  Ann.Lee+x@Example.COM\n', 'ann.lee+x@example.com'],
    ['김@예.한국', '김@xn--2j5b.xn--3e0b707e'],
    ['bomb@ｅxample.com', 'bomb@example.com'],
    ['bomb@example。com', 'bomb@example.com'],
    ['bomb@example.com.', 'bomb@example.com'],
    ['jose\u0301@bücher.example', 'jos\u00e9@xn--bcher-kva.example'],
    ['ann@[127.0.0.1]', 'ann@[127.0.0.1]'],
    [`${'a'.repeat(252)}@b`, `${'a'.repeat(252)}@b`],
  ])('reads %j as %j', (text, email) => {
    expect(normalizeEmail(text)).toBe(email);
  });

  it.each([
    '',
    ' ',
    'ann',
    '@b',
    'a@',
    'a@b@c',
    'a b@c',
    'a@b c',
    'a@b\nBcc: c@d',
    'a\0@b',
    'a\ud800@b',
    `${'a'.repeat(253)}@b`,
    'ann@.',
    'ann@\u00ad',
  ])('refuses %j', (text) => {
    expect(normalizeEmail(text)).toBeUndefined();
  });
});
