import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const NOTHING = Buffer.alloc(0);
const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** Stands where a request is to have an `Idempotency-Key`: another one each time it is sent. */
export const KEY_PLACEHOLDER = 'k'.repeat(32);
const COUNTED_DIGITS = 16;

/** What makes an answer with 200 right: exactly this body, or one with this in it. */
export type Right = { readonly body: string } | { readonly includes: string };

/** Requests that one connection sends in turn, over and over. */
export interface Calls {
  /** Whole requests as they go over the wire, and the answer that each is due. */
  readonly requests: readonly { readonly bytes: string; readonly right: Right }[];
  /** How many of them belong together: what was begun is finished before the connection ends. */
  readonly unit: number;
}

/**
 * One keep-alive connection with one request in flight. Requests are encoded beforehand and of an answer only the
 * status, its length and its body are looked at, so that the load costs little beside what it measures.
 */
export class KeepAliveCaller {
  private readonly requests: readonly {
    readonly bytes: Buffer;
    readonly keyAt: number;
    readonly isRight: (body: Buffer) => boolean;
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

  /** @param onAnswer told the milliseconds each right answer took */
  constructor(
    port: number,
    calls: Calls,
    private readonly onAnswer: (ms: number) => void,
  ) {
    this.requests = calls.requests.map(({ bytes, right }) => ({
      bytes: Buffer.from(bytes),
      keyAt: bytes.indexOf(KEY_PLACEHOLDER),
      isRight: judgeOf(right),
    }));
    this.unit = calls.unit;
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
  }

  async connected(): Promise<void> {
    await once(this.socket, 'connect');
  }

  /** Calls until told to {@link finish}; rejects with a wrong answer or a lost connection. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.on('error', reject).on('close', () => {
        if (this.finished) resolve();
        else reject(new Error('the server hung up'));
      });
      this.socket.on('data', (chunk) => {
        this.receive(chunk);
      });
      this.send();
    });
  }

  /** Ends after the last of the requests that belong together, so that what was started is stopped. */
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
    if (!this.isRight(answer, head)) {
      this.socket.destroy(new Error(`a wrong answer: ${answer.toString('utf8', 0, 1_000)}`));
      return;
    }
    this.received = NOTHING;
    this.onAnswer(performance.now() - this.sentAt);
    this.proceed();
  }

  private isRight(answer: Buffer, head: number): boolean {
    const isOk = answer.toString('latin1', 0, 13) === 'HTTP/1.1 200 ';
    return isOk && this.requests[this.turn]?.isRight(answer.subarray(head + END_OF_HEAD.length)) === true;
  }

  private proceed(): void {
    this.turn = (this.turn + 1) % this.requests.length;
    this.finished = this.finishing && this.turn % this.unit === 0;
    if (this.finished) this.socket.end();
    else this.send();
  }
}

function judgeOf(right: Right): (body: Buffer) => boolean {
  if ('includes' in right) {
    const part = Buffer.from(right.includes);
    return (body) => body.includes(part);
  }
  const whole = Buffer.from(right.body);
  return (body) => body.equals(whole);
}

/** 0 without a Content-Length: what follows is then no body that anybody expects. */
function bodyLength(answer: Buffer, head: number): number {
  return Number(/\r\ncontent-length: *(\d+)/i.exec(answer.toString('latin1', 0, head))?.[1] ?? 0);
}
