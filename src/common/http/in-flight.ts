import type { Server } from 'node:http';

/** Requests that have not been answered yet, so that a stop can wait for them. */
export class InFlight {
  private count = 0;
  private waiting: (() => void)[] = [];

  constructor(server: Server) {
    server.on('request', (_, response) => {
      this.count += 1;
      response.on('close', () => {
        this.count -= 1;
        if (this.count === 0) for (const resolve of this.waiting.splice(0)) resolve();
      });
    });
  }

  /** Resolves when every request has been answered. */
  none(): Promise<void> {
    return this.count === 0 ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }
}
