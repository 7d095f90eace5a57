import { Logger } from '@nestjs/common';
import { Client } from 'pg';

import { DatabaseCondition } from './database-condition.js';

describe('DatabaseCondition', () => {
  let condition: DatabaseCondition;
  let client: Client;
  let refusals: number;

  beforeEach(() => {
    jest.useFakeTimers();
    jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    condition = new DatabaseCondition();
    client = new Client();
    refusals = 0;
    condition.onRefusal(() => (refusals += 1));
    condition.watch(client);
  });

  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it.each(['25006', '57P01', '57P02', '57P03'])('uses a connection that said %s no more', (code) => {
    client.connection.emit('errorMessage', { code });
    expect([condition.isRefusing(client), refusals]).toEqual([true, 1]);
    expect(condition.isRefusing(new Client())).toBe(false);
  });

  it.each(['23505', '57014', '55P03', undefined])('goes on after %s', (code) => {
    client.connection.emit('errorMessage', { code });
    expect([condition.isRefusing(client), condition.lacksSpace, refusals]).toEqual([false, false, 0]);
  });

  it('hears of a server that becomes read-only before it refuses anything', () => {
    client.connection.emit('parameterStatus', {
      parameterName: 'default_transaction_read_only',
      parameterValue: 'off',
    });
    expect(condition.isRefusing(client)).toBe(false);
    client.connection.emit('parameterStatus', { parameterName: 'in_hot_standby', parameterValue: 'on' });
    expect(condition.isRefusing(client)).toBe(true);
  });

  it('remembers a full disk for three seconds, and keeps the connection', () => {
    client.connection.emit('errorMessage', { code: '53100' });
    expect([condition.lacksSpace, condition.isRefusing(client)]).toEqual([true, false]);
    jest.advanceTimersByTime(3_000);
    expect(condition.lacksSpace).toBe(false);
  });
});
