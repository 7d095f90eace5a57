import { Delivered } from './delivered.js';

it('takes what is newer, and nothing else', () => {
  const delivered = new Delivered();
  expect(delivered.take('a', 3)).toBe(true);
  expect(delivered.take('a', 3)).toBe(false);
  expect(delivered.take('a', 2)).toBe(false);
  expect(delivered.revisionOf('a')).toBe(3);
  expect(delivered.take('a', 5)).toBe(true);
  expect(delivered.take('b', 1)).toBe(true);
  expect(delivered.revisionOf('a')).toBe(5);
  expect(delivered.revisionOf('c')).toBeUndefined();
});

it('forgets what was told longest ago when there are more than 2,000', () => {
  const delivered = new Delivered();
  for (let index = 0; index < 2_000; index += 1) delivered.take(String(index), 1);
  delivered.take('0', 2);
  delivered.take('new', 1);
  expect(delivered.revisionOf('0')).toBe(2);
  expect(delivered.revisionOf('1')).toBeUndefined();
  expect(delivered.revisionOf('2')).toBe(1);
});
