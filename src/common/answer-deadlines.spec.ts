import { AnswerDeadlines, type CallState } from './answer-deadlines.js';

let now: number;
let isHeldUp: boolean;
let states: Map<string, CallState>;
let answered: string[];
let deadlines: AnswerDeadlines<string>;

beforeEach(() => {
  jest.useFakeTimers({ now: 0 });
  now = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  isHeldUp = true;
  states = new Map();
  answered = [];
  deadlines = new AnswerDeadlines<string>({
    isHeldUp: () => isHeldUp,
    answer: (call) => answered.push(call),
    stateOf: (call) => states.get(call) ?? 'waiting',
  });
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

function pass(milliseconds: number): void {
  for (let left = milliseconds; left > 0; left -= 100) {
    now += 100;
    jest.advanceTimersByTime(100);
  }
}

it('answers a call that waits for the database once, within 3 s', () => {
  deadlines.begin('slow');
  pass(2_600);
  expect(answered).toEqual([]);
  pass(400);
  expect(answered).toEqual(['slow']);
  pass(10_000);
  expect(answered).toEqual(['slow']);
});

it('lets a call finish that is slow for another reason, and answers it when the database holds it up', () => {
  isHeldUp = false;
  deadlines.begin('long');
  pass(10_000);
  expect(answered).toEqual([]);
  isHeldUp = true;
  pass(200);
  expect(answered).toEqual(['long']);
});

it('forgets calls that have ended or are answered, and counts none that is arriving', () => {
  deadlines.begin('ended');
  deadlines.begin('answered');
  deadlines.begin('arriving');
  states.set('answered', 'answered').set('arriving', 'arriving');
  pass(1_000);
  deadlines.end('ended');
  pass(2_000);
  states.delete('arriving');
  pass(2_300);
  expect(answered).toEqual([]);
  pass(400);
  expect(answered).toEqual(['arriving']);
  expect(jest.getTimerCount()).toBe(0);
});
