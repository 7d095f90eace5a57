import { Metronome, MetronomeError } from '../../../clients/typescript/src/index.js';
import { recall, remember } from './storage.js';
import { common } from './texts.js';

/** The server that this page came from. The access token lives in this object alone, never in the browser's storage. */
export const metronome = new Metronome({ url: location.origin });

const SIGNED_IN = 'signed-in';

/**
 * Takes up the session whose refresh token is in the HttpOnly cookie (v1.md 3.1). A browser that nobody signed in with
 * does not ask. @returns whether somebody is signed in now; when the server cannot be asked: false
 */
export async function takeUpSession(): Promise<boolean> {
  if (recall(SIGNED_IN) === undefined) return false;
  try {
    await metronome.auth.refresh();
    return true;
  } catch (error) {
    if (error instanceof MetronomeError && error.status === 401) remember(SIGNED_IN, undefined);
    return false;
  }
}

export const mayBeSignedIn = (): boolean => recall(SIGNED_IN) !== undefined;

export async function signUp(email: string, password: string, displayName: string): Promise<void> {
  await metronome.auth.signUp({ email, password, display_name: displayName.trim() || null, cookie: true });
  remember(SIGNED_IN, 'yes');
}

export async function signIn(email: string, password: string): Promise<void> {
  await metronome.auth.logIn({ email, password, cookie: true });
  remember(SIGNED_IN, 'yes');
}

/** Ends the session here; on the server too, if it can be reached. */
export async function signOut(): Promise<void> {
  remember(SIGNED_IN, undefined);
  await metronome.auth.logOut();
}

export const isError = (error: unknown, code: string): boolean =>
  error instanceof MetronomeError && error.code === code;
export const hasStatus = (error: unknown, status: number): boolean =>
  error instanceof MetronomeError && error.status === status;

/** What to tell people about a failure. */
export function problemText(error: unknown): string {
  const { errors } = common;
  if (!(error instanceof MetronomeError)) return errors.other(String(error));
  if (['NETWORK', 'CONNECTION_LOST', 'TIMEOUT', 'CLOSED'].includes(error.code)) return errors.network;
  if (error.status === 429 || error.code.startsWith('RATE_LIMIT')) return errors.tooMany;
  return error.status === 503 ? errors.unavailable : errors.other(error.message);
}
