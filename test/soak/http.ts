import { Agent, type IncomingMessage, request } from 'node:http';

export type Json = Readonly<Record<string, unknown>>;

/** Nobody waits longer than this; the contract promises an answer within 3 s. */
const PATIENCE_MS = 10_000;

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  /** An object goes as JSON, a string as a form. */
  readonly body?: object | string;
}

export interface Answer {
  readonly status: number;
  readonly body: Json;
}

/** Requests over connections that are kept: cheaper than `fetch`, since the load shares the processor with the servers. */
export class Http {
  // Given up before the load balancer does it (75 s), so that no request meets a connection that is just closed.
  private readonly agent = new Agent({ keepAlive: true, timeout: 30_000 });

  constructor(private readonly url: string) {}

  async send(method: string, path: string, { headers = {}, body }: Sent = {}): Promise<Answer> {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const type = typeof body === 'string' ? 'application/x-www-form-urlencoded' : 'application/json';
    const said = text === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) };
    return new Promise((resolve, reject) => {
      const options = { method, agent: this.agent, headers: { ...said, ...headers }, timeout: PATIENCE_MS };
      const sent = request(`${this.url}${path}`, options, (response) => {
        read(response).then(resolve, reject);
      });
      sent.on('timeout', () => sent.destroy(new Error(`no answer within ${PATIENCE_MS} ms`)));
      sent.on('error', (error) => {
        reject(new Error(`${method} ${path}: ${error.message}`));
      });
      sent.end(text);
    });
  }

  /** @returns the body of a success; @throws any other answer */
  async expect(method: string, path: string, sent: Sent = {}): Promise<Json> {
    const { status, body } = await this.send(method, path, sent);
    if (status < 300) return body;
    throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`);
  }

  close(): void {
    this.agent.destroy();
  }
}

async function read(response: IncomingMessage): Promise<Answer> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk as string;
  return { status: response.statusCode ?? 0, body: jsonOf(text) };
}

/** What nginx says is no JSON. */
function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return { text: text.slice(0, 200) };
  }
}
