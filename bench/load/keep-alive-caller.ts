import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const NOTHING = Buffer.alloc(0);
const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** Placeholder for an `Idempotency-Key`, replaced by a new one for each request. */
export const KEY_PLACEHOLDER = 'k'.repeat(32);
const COUNTED_DIGITS = 16;

/** The expected body of a 200 response: exactly this one, or one that includes this text. */
export type ExpectedBody = { readonly body: string } | { readonly includes: string };

/** Requests that one connection sends in turn, repeatedly. */
export interface Calls {
  /** Complete requests as sent on the wire, each with its expected response. */
  readonly requests: readonly { readonly bytes: string; readonly expected: ExpectedBody }[];
  /** How many requests belong together; a connection ends only after a whole unit. */
  readonly unit: number;
}

/**
 * One keep-alive connection with one request in flight. Requests are encoded in advance, and only status, length and
 * body of a response are read, so that the load costs little beside the server.
 */
export class KeepAliveCaller {
  private readonly requests: readonly {
    readonly bytes: Buffer;
    readonly keyAt: number;
    readonly isExpected: (body: Buffer) => boolean;
  }[];
  private readonly keyStart = randomBytes(8).toString('hex');
  private sent = 0;
  private readonly unit: number;
  private readonly socket: Socket;
  private received: Buffer = NOTHING;
  private turn = 0;
  private sentAt = 0;
  private finishing = false;
  private finished = false;

  /** @param onAnswer called with the milliseconds of each correct response */
  constructor(
    port: number,
    calls: Calls,
    private readonly onAnswer: (ms: number) => void,
  ) {
    this.requests = calls.requests.map(({ bytes, expected }) => ({
      bytes: Buffer.from(bytes),
      keyAt: bytes.indexOf(KEY_PLACEHOLDER),
      isExpected: matcherOf(expected),
    }));
    this.unit = calls.unit;
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
  }

  async connected(): Promise<void> {
    await once(this.socket, 'connect');
  }

  /** Sends until {@link finish} is called; rejects on an incorrect response or a lost connection. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.on('error', reject).on('close', () => {
        if (this.finished) resolve();
        else reject(new Error('the server closed the connection'));
      });
      this.socket.on('data', (chunk) => {
        this.receive(chunk);
      });
      this.send();
    });
  }

  /** Ends after the current unit of requests, so that each started timer is stopped. */
  finish(): void {
    this.finishing = true;
  }

  private send(): void {
    this.sentAt = performance.now();
    const request = this.requests[this.turn];
    if (request === undefined) return;
    this.sent += 1;
    if (request.keyAt >= 0) {
      const key = this.keyStart + String(this.sent).padStart(COUNTED_DIGITS, '0');
      request.bytes.write(key, request.keyAt, 'latin1');
    }
    this.socket.write(request.bytes);
  }

  private receive(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    const answer = this.received;
    const head = answer.indexOf(END_OF_HEAD);
    if (head < 0 || answer.length < head + END_OF_HEAD.length + bodyLength(answer, head)) return;
    if (!this.isExpected(answer, head)) {
      this.socket.destroy(new Error(`an unexpected response: ${answer.toString('utf8', 0, 1_000)}`));
      return;
    }
    this.received = NOTHING;
    this.onAnswer(performance.now() - this.sentAt);
    this.proceed();
  }

  private isExpected(answer: Buffer, head: number): boolean {
    const isOk = answer.toString('latin1', 0, 13) === 'HTTP/1.1 200 ';
    return isOk && this.requests[this.turn]?.isExpected(answer.subarray(head + END_OF_HEAD.length)) === true;
  }

  private proceed(): void {
    this.turn = (this.turn + 1) % this.requests.length;
    this.finished = this.finishing && this.turn % this.unit === 0;
    if (this.finished) this.socket.end();
    else this.send();
  }
}

function matcherOf(expected: ExpectedBody): (body: Buffer) => boolean {
  if ('includes' in expected) {
    const part = Buffer.from(expected.includes);
    return (body) => body.includes(part);
  }
  const whole = Buffer.from(expected.body);
  return (body) => body.equals(whole);
}

/** 0 without a Content-Length: no expected response lacks one. */
function bodyLength(answer: Buffer, head: number): number {
  return Number(/\r\ncontent-length: *(\d+)/i.exec(answer.toString('latin1', 0, head))?.[1] ?? 0);
}
