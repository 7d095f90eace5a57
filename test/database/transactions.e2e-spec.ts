import { AsyncLocalStorage } from 'node:async_hooks';

import { Database } from '../../src/database/database.js';
import { currentTransaction, Transactions } from '../../src/database/transactions.js';
import { startTestApp, type TestApp } from '../support/app.js';

/** Work belongs to the transaction that it was started in, however many run beside it. */

let app: TestApp;
let transactions: Transactions;
let database: Database;

beforeAll(async () => {
  app = await startTestApp();
  [transactions, database] = [app.app.get(Transactions), app.app.get(Database)];
});
afterAll(() => app.close());

/** The number of the transaction, as PostgreSQL has it, that a statement sent here runs in. */
const idHere = async (): Promise<string | undefined> => {
  const [row] = await database.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id');
  return row?.id;
};

/** A promise with the function that resolves it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

it('keeps its transaction while others begin and end', async () => {
  const { opened, open } = gate();
  const long = transactions.run(async () => {
    const before = await idHere();
    await opened;
    return [before, await idHere()];
  });
  const short = await Promise.all([transactions.run(idHere), transactions.run(idHere)]);
  const outside = await idHere();
  open();
  const [before, after] = await long;
  expect(after).toBe(before);
  expect(new Set([before, ...short, outside]).size).toBe(4);
});

it('keeps the enclosing transaction after a savepoint has ended', async () => {
  await transactions.run(async () => {
    const before = await idHere();
    expect(await transactions.run(idHere)).toBe(before);
    expect(await idHere()).toBe(before);
  });
});

it('uses no storage outside of transactions, since before Node 24 that makes every promise slower', async () => {
  const disable = jest.spyOn(AsyncLocalStorage.prototype, 'disable');
  const { opened, open } = gate();
  const long = transactions.run(() => opened);
  await transactions.run(idHere);
  expect(disable).not.toHaveBeenCalled();
  open();
  await long;
  expect(disable).toHaveBeenCalled();
  expect(currentTransaction()).toBeUndefined();
});
