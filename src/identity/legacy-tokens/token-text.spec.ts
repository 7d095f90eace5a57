import { hashToken, isToken, newToken, tokenOfHeader } from './token-text.js';

const TOKEN = '0123456789abcdef0123456789abcdef01234567';

describe('tokenOfHeader', () => {
  it.each([`Token ${TOKEN}`, `token ${TOKEN}`, `TOKEN ${TOKEN}`, `Token   ${TOKEN}`, ` Token\t${TOKEN} `])(
    'reads %j',
    (header) => {
      expect(tokenOfHeader(header)).toBe(TOKEN);
    },
  );

  it.each([
    undefined,
    '',
    ' ',
    'Token',
    'Token ',
    'Token null',
    TOKEN,
    `Bearer ${TOKEN}`,
    `Token ${TOKEN} ${TOKEN}`,
    `Token ${TOKEN}0`,
    `Token ${TOKEN.slice(1)}`,
    `Token ${TOKEN.toUpperCase()}`,
    `Token "${TOKEN}"`,
    `Token ${TOKEN},`,
    `Tokens ${TOKEN}`,
  ])('refuses %j', (header) => {
    expect(tokenOfHeader(header)).toBeUndefined();
  });
});

describe('newToken', () => {
  it('makes tokens that are never the same', () => {
    const tokens = new Set(Array.from({ length: 100 }, newToken));
    expect(tokens.size).toBe(100);
    expect([...tokens].every(isToken)).toBe(true);
  });

  it('is stored as SHA-256', () => {
    expect(hashToken('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
