import { MessageLimit, type Verdict } from './message-limit.js';

/** The verdicts on `count` messages at one moment. */
const judged = (limit: MessageLimit, count: number, now: number): Verdict[] =>
  Array.from({ length: count }, () => limit.judge(now));

it('120 are carried out, the next is refused, 119 are ignored, the 241st closes', () => {
  const verdicts = judged(new MessageLimit(), 241, 0);
  expect(verdicts.slice(0, 120).every((verdict) => verdict === 'accept')).toBe(true);
  expect(verdicts[120]).toBe('refuse');
  expect(verdicts.slice(121, 240).every((verdict) => verdict === 'ignore')).toBe(true);
  expect(verdicts[240]).toBe('close');
});

it('10 s later all begins anew', () => {
  const limit = new MessageLimit();
  judged(limit, 200, 5_000);
  expect(limit.judge(14_999)).toBe('ignore');
  expect(judged(limit, 121, 15_000)).toEqual([...Array.from({ length: 120 }, () => 'accept'), 'refuse']);
});

it('a window begins with its first message', () => {
  const limit = new MessageLimit();
  limit.judge(0);
  judged(limit, 119, 9_999);
  expect(limit.judge(10_000)).toBe('accept');
});
