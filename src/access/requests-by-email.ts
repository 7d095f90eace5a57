import { v7 as uuidv7 } from 'uuid';

import type { Seconds } from '../common/time/date-time.js';
import type { Transaction } from '../database/transactions.js';
import { TooManyRequestsByEmailError } from './errors.js';
import { DROP_REQUEST_TO_OTHERS, LOCK_REQUEST_BY_EMAIL, noteRequestByEmail } from './friendships.sql.js';
import { RequestByEmail } from './request-by-email.entity.js';

/** Statements on requests by e-mail, each within the transaction of a command. */

type Within = Pick<Transaction, 'manager'>;

/** Pending ones of a person; nothing else bounds how many addresses without an account they name. */
export const MAX_REQUESTS_BY_EMAIL = 1_000;

const NOTE_REQUEST = noteRequestByEmail(MAX_REQUESTS_BY_EMAIL);

/** What the sender sees of a request by e-mail. */
export interface SentByEmail {
  readonly id: string;
  readonly requesterId: string;
}

/**
 * Notes that a person asks this address, once for each address.
 * @param email normalised
 * @returns the request's id, the one of before when the address was asked already
 * @throws TooManyRequestsByEmailError
 */
export async function noteRequest(
  { manager }: Within,
  requesterId: string,
  email: string,
  at: Seconds,
): Promise<string> {
  const [noted]: { id: string }[] = await manager.query(NOTE_REQUEST, [uuidv7(), requesterId, email, at]);
  if (noted === undefined) throw new TooManyRequestsByEmailError();
  return noted.id;
}

/** Whether this is the id of a request by e-mail; locks nothing. */
export function isRequestByEmail({ manager }: Within, id: string): Promise<boolean> {
  return manager.existsBy(RequestByEmail, { id });
}

/** Held until the commit: call it before the request's row in `friendships` is locked, as the sender's commands do. */
export async function requestByEmail({ manager }: Within, id: string): Promise<SentByEmail | undefined> {
  const [row]: SentByEmail[] = await manager.query(LOCK_REQUEST_BY_EMAIL, [id]);
  return row;
}

export async function forgetRequest({ manager }: Within, id: string): Promise<void> {
  await manager.delete(RequestByEmail, { id });
}

/**
 * The address may be somebody else's since it was asked: who had it then is asked no longer.
 * @param addresseeId who has it now
 */
export async function dropRequestToOthers(
  { manager }: Within,
  id: string,
  addresseeId: string | undefined,
): Promise<void> {
  await manager.query(DROP_REQUEST_TO_OTHERS, [id, addresseeId ?? null]);
}
