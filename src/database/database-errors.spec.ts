import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';

import { ServiceUnavailableError } from '../common/errors.js';
import { isDatabaseAway, isLostRace, toServiceUnavailable } from './database-errors.js';

const said = (code: string) => Object.assign(new Error('said by the server'), { code, severity: 'FATAL' });

describe('a failed statement', () => {
  it.each([
    ['57P01, the server is shut down', said('57P01')],
    ['53300, too many connections', new QueryFailedError('SELECT 1', [], said('53300'))],
    ['a socket that is refused', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
    ['a connection that ended', new Error('Connection terminated unexpectedly')],
    ['a runner whose connection broke between two statements', new QueryRunnerAlreadyReleasedError()],
  ])('means that the database is away: %s', (_, error) => {
    expect(isDatabaseAway(error)).toBe(true);
    expect(toServiceUnavailable(error)).toBeInstanceOf(ServiceUnavailableError);
  });

  it('is worth another try after a deadlock, and is what it is after anything else', () => {
    expect([isDatabaseAway(said('40P01')), isLostRace(said('40P01'))]).toEqual([false, true]);
    const duplicate = said('23505');
    expect([isDatabaseAway(duplicate), isLostRace(duplicate)]).toEqual([false, false]);
    expect(toServiceUnavailable(duplicate)).toBe(duplicate);
  });
});
