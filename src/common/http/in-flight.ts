import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';

/** After the port is closed, until load balancers know of it, in milliseconds. */
const KNOWN_CLOSED_MS = 500;

/** A turn of the event loop shorter than this had next to nothing to do, in milliseconds. */
const SHORT_TURN_MS = 0.05;
/** A busy instance has no such turn, and its port is closed all the same. */
const SHORT_TURN_WITHIN_MS = 100;

/** Requests that have not been answered yet, so that a stop can wait for them, and the connections they come by. */
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

  /** From now on each answer is the last on its connection: whoever keeps some for later lets go of them in time. */
  endConnections(): void {
    this.ending = true;
  }

  /**
   * Closes the port and nothing else: a request that is already on its way on a kept connection is answered still.
   * Idle ones are closed when load balancers have noticed the port.
   */
  async closePort(): Promise<void> {
    await shortTurn();
    NetServer.prototype.close.call(this.server);
    if (this.ending) await new Promise((resolve) => setTimeout(resolve, KNOWN_CLOSED_MS));
    this.server.closeIdleConnections();
  }

  /** Resolves when every request has been answered. */
  none(): Promise<void> {
    return this.count === 0 ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }
}

/**
 * Resolves at the end of a turn that was short. Closing a port resets the connections that the kernel has taken and Node
 * has not: those that came since the turn began.
 */
async function shortTurn(): Promise<void> {
  const began = performance.now();
  for (let before = began, now = began; now - began < SHORT_TURN_WITHIN_MS; before = now) {
    await new Promise((resolve) => setImmediate(resolve));
    now = performance.now();
    if (now - before < SHORT_TURN_MS) return;
  }
}
