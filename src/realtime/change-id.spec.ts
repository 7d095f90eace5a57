import { changeIdOf, parseChangeId } from './change-id.js';

const LOG = '0123456789abcdef';
const encoded = (text: string) => Buffer.from(text).toString('base64url');

it.each(['3:3:', '10:20:', '10:20:10', '10:20:10,12,19', '9223372036854775807:9223372036854775807:'])(
  'reads %s back, with the second it is from',
  (snapshot) => {
    expect(parseChangeId(changeIdOf({ log: LOG, snapshot }))).toEqual({ log: LOG, snapshot });
  },
);

it('is no longer than 256 characters: of many open transactions the mark ends before the rest', () => {
  const open = Array.from({ length: 1_000 }, (_, index) => `${1_000_000_000 + 2 * index}`);
  const text = changeIdOf({ log: LOG, snapshot: `1000000000:2000000000:${open.join(',')}` });
  expect(text.length).toBeLessThanOrEqual(256);
  expect(text.length).toBeGreaterThan(240);
  const [, end, named = ''] = parseChangeId(text)?.snapshot.split(':') ?? [];
  const count = named.split(',').length;
  expect(named.split(',')).toEqual(open.slice(0, count));
  expect(end).toBe(open[count]);
});

it('is opaque text that fits a query', () => {
  expect(changeIdOf({ log: LOG, snapshot: '10:20:10,12' })).toMatch(/^[\w-]+$/);
});

it.each([
  ['nothing', undefined],
  ['null', null],
  ['a number', 5],
  ['an object', {}],
  ['an empty text', ''],
  ['garbage', 'garbage'],
  ['a mark that names no log', encoded('10:20:')],
  ['one of before marks named their log', encoded('1772452800 10:20:')],
  ['a name that is none', encoded('0123456789ABCDEF 10:20:')],
  ['a mark that is none', encoded(`${LOG} x`)],
  ['a transaction 0', encoded(`${LOG} 0:0:`)],
  ['an end before the beginning', encoded(`${LOG} 5:1:`)],
  ['an open transaction before the beginning', encoded(`${LOG} 5:9:4`)],
  ['one at the end', encoded(`${LOG} 5:9:9`)],
  ['disorder', encoded(`${LOG} 5:9:7,6`)],
  ['an empty place in the list', encoded(`${LOG} 5:9:6,,7`)],
  ['more than 64 bits', encoded(`${LOG} ${'9'.repeat(20)}:${'9'.repeat(20)}:`)],
  ['something behind it', `${encoded(`${LOG} 10:20:10`)}=${'x'.repeat(100)}`],
  ['something between', encoded(`${LOG} 10:20:10`).replace('M', ' M')],
  ['another alphabet', encoded(`${LOG} 10:20:10`) + '='],
  ['a number with a zero before it', encoded(`${LOG} 010:20:10`)],
  ['what is too long', encoded(`${LOG} 1:9:${'1,'.repeat(5_000)}1`)],
])('%s is none', (_what, text) => {
  expect(parseChangeId(text)).toBeUndefined();
});
