import { WebSocket } from 'ws';

import {
  Metronome,
  type MetronomeOptions,
  type Observable,
  type RoomSocketOptions,
  type TimerSocketOptions,
} from '../../clients/typescript/src/index.js';
import { startTestApp, type TestApp, type TestAppOptions } from '../support/app.js';

/** A server, and people with the client library in their hands. */
export interface Site extends TestApp {
  /** Signed out. */
  guest(options?: MetronomeOptions): Device;
  /** Somebody new, signed in. */
  person(options?: MetronomeOptions): Promise<Device>;
}

/** The client of one device, whose connections can be cut. */
export class Device extends Metronome {
  readonly sockets: CuttableSocket[];

  constructor(options: MetronomeOptions) {
    const sockets: CuttableSocket[] = [];
    super({
      WebSocket: class extends CuttableSocket {
        constructor(url: string, protocols: string[]) {
          super(url, protocols);
          sockets.push(this);
        }
      },
      timing: { minDelayMs: 10, maxDelayMs: 200 },
      ...options,
    });
    this.sockets = sockets;
  }

  override timerSocket(options?: TimerSocketOptions) {
    return this.keep(super.timerSocket(options));
  }

  override roomSocket(roomId: string, options?: RoomSocketOptions) {
    return this.keep(super.roomSocket(roomId, options));
  }

  private keep<Socket extends { close(): void }>(socket: Socket): Socket {
    open.add(socket);
    return socket;
  }

  /** Cuts the newest connection as a lost network does: nobody says goodbye. */
  cut(): void {
    this.sockets.at(-1)?.terminate();
  }

  /** The newest connection hears nothing any more, and nobody knows. */
  deafen(): void {
    const socket = this.sockets.at(-1);
    if (socket) socket.isDeaf = true;
  }
}

class CuttableSocket extends WebSocket {
  isDeaf = false;

  override emit(event: string | symbol, ...rest: unknown[]): boolean {
    return this.isDeaf && event === 'message' ? true : super.emit(event, ...rest);
  }
}

/** What a test that failed has not closed. */
const open = new Set<{ close(): void }>();
let people = 0;

export async function startSite(options: TestAppOptions = {}): Promise<Site> {
  const app = await startTestApp({ ...options, env: { RATE_LIMIT_ENABLED: 'false', ...options.env } });
  const guest = (more: MetronomeOptions = {}) => new Device({ url: app.url, ...more });
  const person = async (more?: MetronomeOptions) => {
    const device = guest(more);
    await device.auth.signUp({ email: `client-${++people}@example.com`, password: 'correct horse' });
    return device;
  };
  const close = async () => {
    for (const socket of open) socket.close();
    await app.close();
  };
  return { ...app, guest, person, close };
}

/** Waits until an observable's value is as wanted. @returns it */
export function becomes<Value>(
  { get, subscribe }: Observable<Value>,
  isWanted: (value: Value) => boolean,
  withinMs = 5_000,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const judge = (value: Value): void => {
      if (!isWanted(value)) return;
      clearTimeout(deadline);
      stop();
      resolve(value);
    };
    const deadline = setTimeout(() => {
      stop();
      reject(new Error(`not within ${withinMs} ms: it is ${JSON.stringify(get())}`));
    }, withinMs);
    const stop = subscribe(judge);
    judge(get());
  });
}
