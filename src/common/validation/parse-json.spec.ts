import { parseJson } from './parse-json.js';

it.each([
  ['{"a":{"constructor":{"b":1},"c":2}}', { a: { c: 2 } }],
  ['{"a":[{"constructor":5}]}', { a: [{}] }],
  ['{"\\u0063onstructor":{},"a":1}', { a: 1 }],
  ['{"constructor":{"prototype":{"a":1}},"b":null}', { b: null }],
  ['{"a":{"__proto__":{"b":1}}}', { a: {} }],
  ['{"a":"constructor"}', { a: 'constructor' }],
  ['[1,{"b":"\\u00e9"}]', [1, { b: 'é' }]],
])('%s is read as %j', (text, value) => {
  expect(parseJson(text)).toEqual(value);
  expect(JSON.stringify(parseJson(text))).toBe(JSON.stringify(value));
});

it.each(['', '{', '{"a":}', 'NaN'])('%j is no JSON', (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
});
