import { Metronome, MetronomeError } from '../../../clients/typescript/src/index.js';
import { loadText, saveText } from './storage.js';
import { common } from './texts.js';

/**
 * The client of the server that served this page. The access token is held in memory only, never in the browser's
 * storage.
 */
export const metronome = new Metronome({ url: location.origin });

const SIGNED_IN = 'signed-in';

/**
 * Restores the session from the refresh token in the HttpOnly cookie (docs/spec/v1.md#31-own-accounts). Sends no request
 * from a browser in
 * which no user has signed in. @returns whether a user is signed in now; false when the server cannot be reached
 */
export async function restoreSession(): Promise<boolean> {
  if (loadText(SIGNED_IN) === undefined) return false;
  try {
    await metronome.auth.refresh();
    return true;
  } catch (error) {
    if (error instanceof MetronomeError && error.status === 401) saveText(SIGNED_IN, undefined);
    return false;
  }
}

export const mayBeSignedIn = (): boolean => loadText(SIGNED_IN) !== undefined;

export async function signUp(email: string, password: string, displayName: string): Promise<void> {
  await metronome.auth.signUp({ email, password, display_name: displayName.trim() || null, cookie: true });
  saveText(SIGNED_IN, 'yes');
}

export async function signIn(email: string, password: string): Promise<void> {
  await metronome.auth.logIn({ email, password, cookie: true });
  saveText(SIGNED_IN, 'yes');
}

/** Ends the session here, and on the server if it can be reached. */
export async function signOut(): Promise<void> {
  saveText(SIGNED_IN, undefined);
  await metronome.auth.logOut();
}

export const isError = (error: unknown, code: string): boolean =>
  error instanceof MetronomeError && error.code === code;
export const hasStatus = (error: unknown, status: number): boolean =>
  error instanceof MetronomeError && error.status === status;

/** The message to show for a failure. */
export function problemText(error: unknown): string {
  const { errors } = common;
  if (!(error instanceof MetronomeError)) return errors.other(String(error));
  if (['NETWORK', 'CONNECTION_LOST', 'TIMEOUT', 'CLOSED'].includes(error.code)) return errors.network;
  if (error.status === 429 || error.code.startsWith('RATE_LIMIT')) return errors.tooMany;
  return error.status === 503 ? errors.unavailable : errors.other(error.message);
}
