import { errorOf, notReached } from './metronome-error.js';
import type { ServerClock } from './server-clock.js';

/** Options of every call; further keys are the call's query parameters. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** Options of every writing call. */
export interface WriteOptions extends CallOptions {
  /**
   * 16 to 255 visible ASCII characters. Calls with the same key take effect once, so a call may be repeated after a
   * `503` or a lost connection (docs/spec/extensions.md#idempotency).
   */
  readonly idempotencyKey?: string;
}

/** Provides the access token, and another one when the server refuses it. */
export interface Credentials {
  token(): Promise<string | undefined>;
  /** @returns a token other than the refused one, or undefined if there is none */
  renew(refused: string): Promise<string | undefined>;
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** One HTTP request. `authorization` replaces the signed-in user's token; null omits it. */
export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly options?: WriteOptions & Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly authorization?: string | null;
}

/** A path with encoded ids: `/v1/timers/${id}`. */
export const at = (parts: TemplateStringsArray, ...ids: readonly string[]): string =>
  parts.reduce((path, part, index) => path + encodeURIComponent(ids[index - 1] ?? '') + part);

/** Sends requests: adds the token, updates the clock, turns error responses into errors. */
export class Http {
  constructor(
    /** Without a trailing slash. */
    readonly url: string,
    private readonly fetch: Fetch,
    private readonly clock: ServerClock,
    private readonly credentials: Credentials,
  ) {}

  /** @returns the response's JSON, undefined for an empty body @throws MetronomeError, or the signal's reason */
  async json<Answer>(call: Call): Promise<Answer> {
    const text = await (await this.send(call)).text();
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  }

  /** Shorthand for calls of v1. */
  call<Answer>(method: string, path: string, body?: unknown, options?: object): Promise<Answer> {
    return this.json({ method, path, body, ...(options && { options: { ...options } }) });
  }

  /** @returns a response with a 2xx status @throws MetronomeError, or the signal's reason */
  async send(call: Call): Promise<Response> {
    const token = call.authorization === undefined ? await this.credentials.token() : undefined;
    const response = await this.attempt(call, token);
    if (response.ok) return response;
    const error = errorOf(response, await response.text());
    const renewed = token && error.status === 401 ? await this.credentials.renew(token) : undefined;
    if (renewed === undefined) throw error;
    const second = await this.attempt(call, renewed);
    if (second.ok) return second;
    throw errorOf(second, await second.text());
  }

  private async attempt(call: Call, token: string | undefined): Promise<Response> {
    const { signal, idempotencyKey, ...query } = call.options ?? {};
    const headers = {
      Authorization: call.authorization ?? (token && `Bearer ${token}`),
      'Content-Type': call.body === undefined ? undefined : 'application/json',
      'Idempotency-Key': idempotencyKey,
      ...call.headers,
    };
    const sentAt = this.clock.start();
    const response = await this.reach(`${this.url}${call.path}${queryOf(query)}`, {
      method: call.method,
      headers: Object.entries(headers).filter((header): header is [string, string] => header[1] !== undefined),
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
      ...(signal && { signal }),
    });
    this.clock.learn(sentAt, Number(response.headers.get('x-server-time') ?? NaN));
    return response;
  }

  private async reach(url: string, init: RequestInit): Promise<Response> {
    try {
      return await this.fetch(url, init);
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw notReached(error);
    }
  }
}

/** Lists repeat their key (docs/spec/v1.md#11-requests-and-replies). */
function queryOf(query: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(query).flatMap(([key, value]) =>
    [value]
      .flat()
      .filter((item) => item !== undefined && item !== null)
      .map((item): [string, string] => [key, `${item as string | number | boolean}`]),
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}
