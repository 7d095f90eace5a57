import { hashCode, newCode } from './code-text.js';

describe('newCode', () => {
  it('has 8 characters that nobody mistakes for others', () => {
    const codes = Array.from({ length: 500 }, newCode);
    expect(new Set(codes).size).toBe(500);
    expect(codes.join('')).toMatch(/^[2-9A-HJKMNP-Z]{4000}$/);
  });
});

describe('hashCode', () => {
  const hash = hashCode('legacy-sign-in', 'a@b.c', 'ABCD2345').toString('hex');

  it('ignores case and surrounding space', () => {
    expect(hashCode('legacy-sign-in', 'a@b.c', ' abcd2345 ').toString('hex')).toBe(hash);
  });

  it('is another one for another address', () => {
    expect(hashCode('legacy-sign-in', 'b@b.c', 'ABCD2345').toString('hex')).not.toBe(hash);
  });
});
