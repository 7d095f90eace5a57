import { Patience } from './patience.js';

const LIMITS = { silenceMs: 60_000, sayEveryMs: 10_000 };
const SILENT = { kind: 'none' } as const;
const recovering = (says = 'the database system is not yet accepting connections') => ({ kind: 'busy', says }) as const;

describe('Patience', () => {
  let now: number;
  let said: string[];
  let patience: Patience;

  beforeEach(() => {
    now = 500;
    said = [];
    patience = new Patience(
      LIMITS,
      (text) => said.push(text),
      () => now,
    );
  });

  it('lasts for hours while PostgreSQL says that it recovers', () => {
    for (let minute = 0; minute < 600; minute += 1) {
      now += 59_000;
      expect(patience.lastsAfter(recovering())).toBe(true);
    }
  });

  it('ends after a minute of silence', () => {
    now += 60_000;
    expect(patience.lastsAfter(SILENT)).toBe(true);
    now += 1;
    expect(patience.lastsAfter(SILENT)).toBe(false);
  });

  it('begins anew with each word', () => {
    now += 50_000;
    patience.lastsAfter(recovering());
    now += 50_000;
    expect(patience.lastsAfter(SILENT)).toBe(true);
  });

  it('says what is waited for after a second, and then every ten', () => {
    for (let tenth = 0; tenth <= 250; tenth += 1) {
      patience.lastsAfter(recovering('the database system is starting up'));
      now += 100;
    }
    expect(said).toEqual(
      [1, 11, 21].map(
        (seconds) =>
          `PostgreSQL takes no connections yet (the database system is starting up); waiting, ${seconds} s so far`,
      ),
    );
  });

  it('says nothing of a quick start', () => {
    patience.lastsAfter(recovering());
    now += 900;
    patience.lastsAfter(SILENT);
    expect(said).toEqual([]);
  });
});
