import { MetronomeError } from './metronome-error.js';
import { at, type CallOptions, type Credentials, type Http, type WriteOptions } from './http.js';
import { type Observable, Store } from './store.js';
import type { LegacyToken, LogIn, NewLegacyToken, Ok, Session, SignUp, Tokens } from './types.js';

/** Provides the access token when the application signs users in by itself (OpenID Connect). */
export type TokenSource = () => string | undefined | Promise<string | undefined>;

/** A token that ends sooner is renewed before a socket opens with it, unless tokens never last much longer. */
const FRESH_FOR_MS = 70_000;

/** Sign-up, sign-in and the session (docs/spec/v1.md#31-own-accounts). The first 401 renews an expired access token. */
export class Auth implements Credentials {
  private readonly store = new Store<Tokens | null>(null);
  readonly #accountStore = new Store<object>({});
  private refreshing: Promise<Tokens> | undefined;
  private inCookie = false;
  /** Local milliseconds. */
  private freshUntil = Infinity;

  /** The current tokens, null when signed out. The application may store them, or show whether a user is signed in. */
  readonly tokens: Observable<Tokens | null> = this.store;

  /** A new object after each sign-in or sign-out, so that state of the previous user can be dropped. */
  readonly account: Observable<object> = this.#accountStore;

  constructor(
    /** A function, because requests and sign-in depend on each other. */
    private readonly http: () => Http,
    private readonly source: TokenSource | undefined,
  ) {}

  signUp(account: SignUp, options?: CallOptions): Promise<Tokens> {
    return this.enter('/v1/auth/signup', account, options);
  }

  logIn(account: LogIn, options?: CallOptions): Promise<Tokens> {
    return this.enter('/v1/auth/login', account, options);
  }

  /**
   * Requests another pair of tokens; also restores the session after a page was reloaded.
   * @param refreshToken a stored one; without it the current one, else the cookie's
   * @throws MetronomeError 401 when the token is no longer valid; the client is then signed out
   */
  refresh(refreshToken = this.store.get()?.refresh_token): Promise<Tokens> {
    this.refreshing ??= this.exchange(refreshToken).finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  /** Ends the session here and on the server. */
  async logOut(): Promise<void> {
    try {
      await this.post('/v1/auth/logout');
    } catch (error) {
      // The session had ended already.
      if (!isUnauthorized(error)) throw error;
    } finally {
      this.forget();
    }
  }

  /** The account's sign-in sessions, newest first. */
  sessions(options?: CallOptions): Promise<Session[]> {
    return this.http().call('GET', '/v1/auth/sessions', undefined, options);
  }

  endSession(id: string, options?: CallOptions): Promise<Ok> {
    return this.http().call('DELETE', at`/v1/auth/sessions/${id}`, undefined, options);
  }

  /** Mails a code that verifies the account's address. */
  sendEmailCode(): Promise<Ok> {
    return this.post('/v1/auth/email/code', {});
  }

  verifyEmail(code: string): Promise<Ok> {
    return this.post('/v1/auth/email/verify', { code });
  }

  /** Ends every other session. Legacy tokens and the calendar address stay unless `endOtherAccess` is set. */
  changePassword(password: string, newPassword: string, { endOtherAccess = false } = {}): Promise<Ok> {
    const body = { password, new_password: newPassword, end_other_access: endOtherAccess };
    return this.post('/v1/auth/password', body);
  }

  sendResetCode(email: string): Promise<Ok> {
    return this.http().json({ method: 'POST', path: '/v1/auth/password/reset', body: { email }, authorization: null });
  }

  resetPassword(email: string, code: string, newPassword: string): Promise<Ok> {
    const body = { email, code, new_password: newPassword };
    return this.http().json({ method: 'PUT', path: '/v1/auth/password/reset', body, authorization: null });
  }

  /** Tokens of the legacy apps (docs/spec/legacy.md#tokens); a new one is shown once. */
  readonly legacyTokens = {
    create: (label?: string | null, options?: WriteOptions): Promise<NewLegacyToken> =>
      this.http().call('POST', '/v1/auth/legacy-tokens', { label: label ?? null }, options),
    list: (options?: CallOptions): Promise<LegacyToken[]> =>
      this.http().call('GET', '/v1/auth/legacy-tokens', undefined, options),
    revoke: (id: string, options?: WriteOptions): Promise<Ok> =>
      this.http().call('DELETE', at`/v1/auth/legacy-tokens/${id}`, undefined, options),
  };

  async token(): Promise<string | undefined> {
    return this.source ? this.source() : this.store.get()?.access_token;
  }

  async renew(refused: string): Promise<string | undefined> {
    const current = await this.token();
    if (this.source || (current !== undefined && current !== refused)) return current === refused ? undefined : current;
    const { refresh_token: refreshToken } = this.store.get() ?? {};
    if (refreshToken === undefined && !this.inCookie) return undefined;
    try {
      return (await this.refresh(refreshToken)).access_token;
    } catch (error) {
      if (isUnauthorized(error)) return undefined;
      throw error;
    }
  }

  /** A token that lasts long enough to open a socket with. @param refused a token that the server no longer accepts */
  async fresh(refused?: string): Promise<string | undefined> {
    const token = await this.token();
    const ends = token !== undefined && (token === refused || Date.now() > this.freshUntil);
    return ends ? ((await this.renew(token)) ?? (token === refused ? undefined : token)) : token;
  }

  private post<Answer>(path: string, body?: unknown): Promise<Answer> {
    return this.http().call('POST', path, body);
  }

  private async enter(path: string, account: LogIn, options: CallOptions = {}): Promise<Tokens> {
    const call = { method: 'POST', path, body: account, options: { ...options }, authorization: null };
    const tokens = await this.http().json<Tokens>(call);
    this.inCookie = account.cookie === true;
    this.keep(tokens);
    this.#accountStore.set({});
    return tokens;
  }

  private async exchange(refreshToken: string | undefined): Promise<Tokens> {
    const body = refreshToken === undefined ? {} : { refresh_token: refreshToken };
    const call = { method: 'POST', path: '/v1/auth/refresh', body, authorization: null };
    const ask = () => this.http().json<Tokens>(call);
    try {
      const tokens = await (refreshToken === undefined ? oneTabAtATime(ask) : ask());
      const isAnother = this.store.get() === null;
      this.inCookie = refreshToken === undefined;
      this.keep(tokens);
      if (isAnother) this.#accountStore.set({});
      return tokens;
    } catch (error) {
      if (isUnauthorized(error)) this.forget();
      throw error;
    }
  }

  private keep(tokens: Tokens): void {
    const livesMs = tokens.expires_in * 1_000;
    this.freshUntil = Date.now() + livesMs - Math.min(FRESH_FOR_MS, livesMs / 2);
    this.store.set(tokens);
  }

  private forget(): void {
    this.inCookie = false;
    this.freshUntil = Infinity;
    if (this.store.get() === null) return;
    this.store.set(null);
    this.#accountStore.set({});
  }
}

const isUnauthorized = (error: unknown): boolean => error instanceof MetronomeError && error.status === 401;

interface LockManager {
  request<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
}

/** Tabs share one cookie, and its refresh token is valid once. */
function oneTabAtATime<Result>(work: () => Promise<Result>): Promise<Result> {
  const { navigator } = globalThis as { readonly navigator?: { readonly locks?: LockManager } };
  return navigator?.locks ? navigator.locks.request('metronome-refresh', work) : work();
}
