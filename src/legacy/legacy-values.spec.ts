import { emailOf, lastParameter, MissingValuesError, titleOf } from './legacy-values.js';

describe('titleOf', () => {
  const title = (value: unknown) => titleOf(new Map([['title', value]]));

  it.each([
    ['Math', 'Math'],
    [' \u3000Math \n', 'Math'],
    ['수학 😀', '수학 😀'],
    ['😀'.repeat(255), '😀'.repeat(255)],
    [` ${'a'.repeat(255)} `, 'a'.repeat(255)],
    [0, '0'],
    [1.5, '1.5'],
    [true, 'true'],
    [false, 'false'],
  ])('takes %j', (value, text) => {
    expect(title(value)).toBe(text);
  });

  it.each([
    undefined,
    null,
    '',
    ' \t',
    {},
    [],
    ['Math'],
    { title: 'Math' },
    'a'.repeat(256),
    '😀'.repeat(256),
    'a\0b',
    'a\ud83d',
    '\ude00b',
  ])('refuses %j', (value) => {
    expect(() => title(value)).toThrow(MissingValuesError);
  });
});

describe('emailOf', () => {
  it('normalises', () => {
    expect(emailOf(' Ann@Example.com')).toBe('ann@example.com');
  });

  it.each([undefined, null, '', 'ann', 5, ['a@b.c']])('refuses %j', (value) => {
    expect(() => emailOf(value)).toThrow(MissingValuesError);
  });
});

describe('lastParameter', () => {
  it.each([
    ['x', 'x'],
    [['x', 'y'], 'y'],
    [undefined, undefined],
    [' ', undefined],
    [{ a: 'x' }, undefined],
  ])('reads %j as %j', (value, text) => {
    expect(lastParameter(value)).toBe(text);
  });
});
