import { isLaterSnapshot, openBetween } from './snapshots.js';

it.each([
  ['nothing was open', '10:20:', '20:30:', []],
  ['all have ended', '10:20:10,15', '20:30:', ['10', '15']],
  ['one stays open', '10:20:10,15', '10:30:10,25', ['15']],
  [
    'beyond what a double holds',
    '9007199254740993:9007199254740995:9007199254740993',
    '9007199254740999:9007199254740999:',
    ['9007199254740993'],
  ],
])('finds which transactions have ended between two snapshots: %s', (_what, earlier, later, ended) => {
  expect(openBetween(earlier, later)).toEqual(ended);
});

it.each([
  ['10:20:', '10:20:', true],
  ['10:21:', '10:20:', true],
  ['10:19:', '10:20:', false],
  ['9:100:9', '20:30:', true],
])('%s after %s: %s', (later, earlier, is) => {
  expect(isLaterSnapshot(later, earlier)).toBe(is);
});
