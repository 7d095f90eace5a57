import { changeIdOf, parseChangeId } from './change-id.js';

const encoded = (text: string) => Buffer.from(text).toString('base64url');

it.each(['3:3:', '10:20:', '10:20:10', '10:20:10,12,19', '9223372036854775807:9223372036854775807:'])(
  'reads %s back, with the second it is from',
  (mark) => {
    expect(parseChangeId(changeIdOf({ mark, at: 1_772_452_800.9 }))).toEqual({ mark, at: 1_772_452_800 });
  },
);

it('is opaque text that fits a query', () => {
  expect(changeIdOf({ mark: '10:20:10,12', at: 1 })).toMatch(/^[\w-]+$/);
});

it.each([
  ['nothing', undefined],
  ['null', null],
  ['a number', 5],
  ['an object', {}],
  ['an empty text', ''],
  ['garbage', 'garbage'],
  ['no time', encoded('10:20:')],
  ['a time that is none', encoded('x 10:20:')],
  ['a mark that is none', encoded('1 x')],
  ['a transaction 0', encoded('1 0:0:')],
  ['an end before the beginning', encoded('1 5:1:')],
  ['an open transaction before the beginning', encoded('1 5:9:4')],
  ['one at the end', encoded('1 5:9:9')],
  ['disorder', encoded('1 5:9:7,6')],
  ['an empty place in the list', encoded('1 5:9:6,,7')],
  ['more than 64 bits', encoded(`1 ${'9'.repeat(20)}:${'9'.repeat(20)}:`)],
  ['what is too long', encoded(`1 1:9:${'1,'.repeat(5_000)}1`)],
])('%s is none', (_what, text) => {
  expect(parseChangeId(text)).toBeUndefined();
});
