import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';

/** Milliseconds after the port closes until load balancers notice it. */
const KNOWN_CLOSED_MS = 500;

/** An event-loop turn below this many milliseconds counts as idle. */
const SHORT_TURN_MS = 0.05;
/** Milliseconds to wait for such a turn; a busy instance has none, and its port is closed anyway. */
const SHORT_TURN_WITHIN_MS = 100;

/** Tracks the requests that have no reply yet, so that a shutdown can wait for them, and closes their connections. */
export class InFlight {
  private count = 0;
  private waiting: (() => void)[] = [];
  private ending = false;

  constructor(private readonly server: Server) {
    server.prependListener('request', (_, response) => {
      this.count += 1;
      if (this.ending) response.setHeader('Connection', 'close');
      response.on('close', () => {
        this.count -= 1;
        if (this.count === 0) for (const resolve of this.waiting.splice(0)) resolve();
      });
    });
  }

  /** From now on every reply is the last on its connection, so that clients drop pooled connections in time. */
  endConnections(): void {
    this.ending = true;
  }

  /**
   * Closes the port only: requests that are already on a kept-alive connection still get a reply. Idle connections are
   * closed after load balancers have noticed that the port is closed.
   */
  async closePort(): Promise<void> {
    await shortTurn();
    NetServer.prototype.close.call(this.server);
    if (this.ending) await new Promise((resolve) => setTimeout(resolve, KNOWN_CLOSED_MS));
    this.server.closeIdleConnections();
  }

  /** Resolves when no request is in flight. */
  none(): Promise<void> {
    return this.count === 0 ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }
}

/**
 * Resolves after a short event-loop turn, or after 100 ms. Closing a port resets the connections that the kernel has
 * accepted and Node has not, which are those that arrived during the current turn.
 */
async function shortTurn(): Promise<void> {
  const began = performance.now();
  for (let before = began, now = began; now - began < SHORT_TURN_WITHIN_MS; before = now) {
    await new Promise((resolve) => setImmediate(resolve));
    now = performance.now();
    if (now - before < SHORT_TURN_MS) return;
  }
}
