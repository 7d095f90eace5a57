import { Client } from 'pg';

import type { SessionConfig, SessionSettings } from './session.js';

/** The server ends a statement so much before the driver gives it up, milliseconds. */
export const ENDED_BEFORE_MS = 200;

/**
 * A connection apart from the pool, so that reads which exhaust the pool never hold up what is done here. Opened when it is
 * needed, and again after it was lost. Statements may be sent while those before are under way (pg's pipeline mode): they
 * are carried out in their order.
 */
export class OwnConnection {
  private readonly config: SessionConfig;
  private opening: Promise<Client> | undefined;
  /** What is opening, or open. */
  private client: Client | undefined;

  /** @param session its limits; plans are kept, since the statements change only the length of their arrays */
  constructor(
    config: SessionConfig,
    private readonly session: SessionSettings,
  ) {
    this.config = { ...config, pipeline: true };
  }

  /** @throws whatever the driver throws */
  get(): Promise<Client> {
    return (this.opening ??= this.open());
  }

  /** Gives a connection up: the server rolls back what it had begun, and the next {@link get} opens another. */
  drop(client: Client): void {
    // Another statement on it may have failed before, and a new one be open since.
    if (this.client === client) this.opening = undefined;
    // Ended without waiting: a connection that no longer answers would never say goodbye.
    client.end().catch(() => undefined);
  }

  async close(): Promise<void> {
    const client = await this.opening?.catch(() => undefined);
    if (client) this.drop(client);
  }

  private async open(): Promise<Client> {
    const client = new Client(this.config);
    this.client = client;
    client.on('error', () => {
      this.drop(client);
    });
    try {
      await client.connect();
      await this.config.onConnect(client, { ...this.session, genericPlans: true });
      return client;
    } catch (error) {
      this.drop(client);
      throw error;
    }
  }
}
