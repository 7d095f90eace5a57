import { parseTokensFile } from './tokens-file.js';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

describe('parseTokensFile', () => {
  it.each([
    ['lines', `email,token\nann@b.c,${A}\nbob@b.c,${B}\n`],
    [
      'CRLF, a byte order mark, blanks and empty lines',
      `\ufeffEmail, Token\r\n Ann@B.C , ${A}\r\n\r\n"bob@b.c","${B}"`,
    ],
    ['columns in another order', `token,email\n${A},ann@b.c\n${B},bob@b.c`],
    ['a line that says the same again', `email,token\nann@b.c,${A}\nANN@b.c,${A}\nbob@b.c,${B}`],
  ])('reads %s', (_, text) => {
    expect(parseTokensFile(text).map(({ email, token }) => [email, token])).toEqual([
      ['ann@b.c', A],
      ['bob@b.c', B],
    ]);
  });

  it('reads names and the numbers of lines', () => {
    expect(parseTokensFile(`email,token,name\nann@b.c,${A},\n\nbob@b.c,${B},"Lee, Bob"\n`)).toEqual([
      { line: 2, email: 'ann@b.c', token: A, name: undefined },
      { line: 4, email: 'bob@b.c', token: B, name: 'Lee, Bob' },
    ]);
  });

  it('reads a file without lines', () => {
    expect(parseTokensFile('email,token\n')).toEqual([]);
  });

  it.each([
    ['a header without a token', 'email,name\n', 'line 1: the header'],
    ['no header', `ann@b.c,${A}\n`, 'line 1: the header'],
    ['what is no address', `email,token\nann@b.c,${A}\nbob,${B}`, 'line 3: no e-mail address'],
    ['what is no token', `email,token\nann@b.c,${A.toUpperCase()}`, 'line 2: no token'],
    ['a missing cell', `email,token\nann@b.c\n`, 'line 2: no CSV'],
    ['a cell too many', `email,token\nann@b.c,${A}\nbob@b.c,${B},x,y\n`, 'line 3: no CSV'],
    ['an open quote', `email,token\nann@b.c,"${A}\n`, 'no CSV'],
    [
      'one token for two',
      `email,token\nann@b.c,${A}\nbob@b.c,${A}\n`,
      'line 3: line 2 gives this token to another e-mail',
    ],
    ['a name of 256 characters', `email,token,name\nann@b.c,${A},${'x'.repeat(256)}`, 'line 2: no usable name'],
  ])('refuses %s', (_, text, problem) => {
    expect(() => parseTokensFile(text)).toThrow(problem);
    expect(() => parseTokensFile(text)).toThrow('nothing was imported');
  });
});
