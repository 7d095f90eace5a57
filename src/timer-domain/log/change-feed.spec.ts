import { Logger } from '@nestjs/common';

import { type NewTimer, startTimer } from '../rules/timer.js';
import { ChangeFeed } from './change-feed.js';
import { inLogOrder, type TimerChange } from '../records/timer-change.js';

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

const change = (changeId: string): TimerChange => ({
  changeId,
  timer: startTimer(CHOSEN, 1_000),
  action: 'start',
  at: 1_000,
  actor: 'me',
});

describe('ChangeFeed', () => {
  let feed: ChangeFeed;
  let heard: string[];
  let logged: jest.SpyInstance;

  beforeEach(() => {
    logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    feed = new ChangeFeed();
    heard = [];
  });

  afterEach(() => jest.restoreAllMocks());

  const hear = ({ changeId }: TimerChange) => heard.push(changeId);

  it('lets a listener that throws keep nobody else from hearing, nor itself from what follows', () => {
    const tried: string[] = [];
    feed.subscribe(({ changeId }) => {
      tried.push(changeId);
      throw new Error('broken');
    });
    feed.subscribe(hear);
    feed.publish([change('1'), change('2')]);
    expect([tried, heard]).toEqual([
      ['1', '2'],
      ['1', '2'],
    ]);
    expect(logged).toHaveBeenCalledTimes(2);
  });

  it('tells nothing more to who stopped listening', () => {
    const stop = feed.subscribe(hear);
    feed.publish([change('1')]);
    stop();
    feed.publish([change('2')]);
    expect(heard).toEqual(['1']);
  });
});

it('the order of the log is the order of its numbers, beyond what a double holds', () => {
  const ids = ['9007199254740993', '10', '9007199254740992', '9'];
  expect(inLogOrder(ids.map(change)).map(({ changeId }) => changeId)).toEqual([
    '9',
    '10',
    '9007199254740992',
    '9007199254740993',
  ]);
});
