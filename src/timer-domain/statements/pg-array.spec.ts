import { pgArray } from './pg-array.js';

it.each([
  [[], '{}'],
  [[1, 2.5, -3], '{1,2.5,-3}'],
  [[true, false, null], '{true,false,NULL}'],
  [['a', 'NULL', '', 'a,b {c}'], '{"a","NULL","","a,b {c}"}'],
  [['say "x" \\ y\n', "o'clock"], `{"say \\"x\\" \\\\ y\n","o'clock"}`],
])('writes %j as %s', (values, literal) => {
  expect(pgArray(values)).toBe(literal);
});
