import { Client } from 'pg';

import type { SessionConfig, SessionSettings } from './session.js';

/** The server cancels a statement this many milliseconds before the driver's timeout. */
export const ENDED_BEFORE_MS = 200;

/**
 * A dedicated connection, so that its work is not delayed when other reads exhaust the pool. It is opened on demand and
 * reopened after a failure. Statements may be sent while earlier ones are in flight (pg's pipeline mode); the server
 * executes them in order.
 */
export class OwnConnection {
  private readonly config: SessionConfig;
  private opening: Promise<Client> | undefined;
  /** The client that is being opened or is open. */
  private client: Client | undefined;

  /**
   * @param session the limits of the session; it uses generic plans, because only the array lengths of its statements
   * change
   */
  constructor(
    config: SessionConfig,
    private readonly session: SessionSettings,
  ) {
    this.config = { ...config, pipeline: true };
  }

  /** @throws the driver's errors */
  get(): Promise<Client> {
    return (this.opening ??= this.open());
  }

  /** Closes a connection: the server rolls back its transaction, and the next {@link get} opens a new one. */
  drop(client: Client): void {
    // An earlier failure may already have dropped this client, and a new one may be open.
    if (this.client === client) this.opening = undefined;
    // Not awaited, because an unresponsive connection never confirms the end.
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
