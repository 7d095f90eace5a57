import { applyEvent, type NewTimer, startTimer } from '../rules/timer.js';
import { TimerCache } from './timer-cache.js';

const CHOSEN: NewTimer = {
  id: 'a',
  userId: 'me',
  roomId: null,
  origin: 'v1',
  sessionType: null,
  title: null,
  description: null,
  allocatedDuration: 60,
};

const running = startTimer(CHOSEN, 1_000);
const paused = applyEvent(running, { type: 'paused', at: 1_010, elapsed: 10 });
const completed = applyEvent(paused, { type: 'stopped', at: 1_020, elapsed: 10 });

describe('TimerCache', () => {
  let cache: TimerCache;

  beforeEach(() => {
    cache = new TimerCache();
  });

  it('keeps the newer of what it knows and what it is told, whichever comes first', () => {
    cache.remember(paused);
    cache.remember(running);
    expect(cache.get('a')).toBe(paused);
    cache.forget('a');
    cache.remember(running);
    cache.remember(paused);
    expect(cache.get('a')).toBe(paused);
  });

  it('has no room for what has ended', () => {
    cache.remember(paused);
    cache.remember(completed);
    expect(cache.get('a')).toBeUndefined();
  });

  it('lets go of what somebody else has changed since', () => {
    cache.remember(paused);
    cache.outdate('a', paused.revision);
    expect(cache.get('a')).toBe(paused);
    cache.outdate('a', completed.revision);
    expect(cache.get('a')).toBeUndefined();
  });

  it('forgets a timer of which nobody can say what became of it', () => {
    cache.remember(paused);
    cache.forget('a');
    expect(cache.get('a')).toBeUndefined();
  });
});
