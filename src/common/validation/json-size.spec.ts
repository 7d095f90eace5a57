import { countMembers, MAX_IN_ALL, MAX_IN_ONE } from './json-size.js';
import { parseJson, TooManyMembersError } from './parse-json.js';

const list = (length: number): string => JSON.stringify(Array.from({ length }, () => 'some text'));
const object = (length: number): string =>
  JSON.stringify(Object.fromEntries(Array.from({ length }, (_, index) => [`key ${index}`, 0])));
const isRefused = (text: string): boolean => {
  try {
    parseJson(text);
    return false;
  } catch (error) {
    return error instanceof TooManyMembersError;
  }
};

it.each([
  ['a list', list],
  ['an object', object],
  ['a list within', (length: number) => `{"a":[1,2],"tag_ids":${list(length)}}`],
  ['an object within', (length: number) => `[{"goal_ratios":${object(length)}}]`],
  ['equal keys', (length: number) => `{${Array.from({ length }, () => '"a":1').join(',')}}`],
])('%s may have 600 members', (_what, make) => {
  expect(countMembers(make(MAX_IN_ONE)).inOne).toBe(MAX_IN_ONE);
  expect([MAX_IN_ONE, MAX_IN_ONE + 1, 32_700].map((length) => isRefused(make(length)))).toEqual([false, true, true]);
});

it('a text may have 3,000 of them, however they are nested', () => {
  const rows = (count: number) => `[${Array.from({ length: count }, () => '[1,2,3,4,5]').join(',')}]`;
  expect([MAX_IN_ALL / 6, MAX_IN_ALL / 6 + 1].map((count) => isRefused(rows(count)))).toEqual([false, true]);
  expect(isRefused('['.repeat(MAX_IN_ALL + 1))).toBe(true);
  expect(isRefused(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`)).toBe(true);
});

it.each([
  ['commas and brackets', ',[{'.repeat(5_000)],
  ['quotes', '"'.repeat(5_000)],
  ['backslashes', '\\'.repeat(5_001)],
  ['both', '\\",'.repeat(5_000)],
])('%s in a text are no members', (_what, text) => {
  const sent = JSON.stringify({ title: text, description: text });
  expect(countMembers(sent)).toEqual({ inOne: 2, inAll: 2 });
  expect(parseJson(sent)).toEqual({ title: text, description: text });
});

it.each(['"', '"\\', `{"a":"${'x'.repeat(5_000)}`, ']'.repeat(5_000), '\\"'.repeat(5_000)])(
  'what is no JSON is counted, and then refused for what it is',
  (text) => {
    expect(() => countMembers(text)).not.toThrow();
    expect(() => parseJson(text)).toThrow(SyntaxError);
  },
);

it('stops counting when there are too many', () => {
  expect(countMembers(`[${'1,'.repeat(100_000)}1]`)).toEqual({ inOne: MAX_IN_ONE + 1, inAll: MAX_IN_ONE + 1 });
});
