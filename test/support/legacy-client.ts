/** What the old apps do, over HTTP. */
export class LegacyClient {
  constructor(
    public url: string,
    private readonly token: string,
  ) {}

  start(title: string): Promise<LegacyAnswer> {
    return this.post('/v1/user/timer/start/', new URLSearchParams({ title }));
  }

  stop(): Promise<LegacyAnswer> {
    return this.post('/v1/user/timer/stop/');
  }

  private async post(path: string, body?: URLSearchParams): Promise<LegacyAnswer> {
    const headers = { Authorization: `Token ${this.token}` };
    const response = await fetch(this.url + path, { method: 'POST', headers, ...(body ? { body } : {}) });
    return { status: response.status, body: await response.json() };
  }
}

export interface LegacyAnswer {
  readonly status: number;
  readonly body: unknown;
}

const answer = (status: number, text: string) => ({ status, body: { status, detial: text, detail: text, data: {} } });

export const OK = answer(200, 'OK');
export const ALREADY_RUNNING = answer(409, 'Timer is already running');
export const ALREADY_STOPPED = answer(409, 'Timer is already stopped');
