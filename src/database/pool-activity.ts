import { Injectable } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';

/** Milliseconds that a request's database work takes only if something delays it. */
const HELD_UP_MS = 1_000;

/** Detects whether the database delays requests, as opposed to long work of the application. */
@Injectable()
export class PoolActivity {
  /** The time at which each connection was acquired, oldest first. */
  private readonly inUse = new Map<PoolClient, number>();
  private lastReleasedAt = 0;

  constructor(private readonly pool: Pool) {
    pool.on('acquire', (client) => this.inUse.set(client, performance.now()));
    pool.on('release', (_, client) => {
      this.inUse.delete(client);
      this.lastReleasedAt = performance.now();
    });
  }

  /**
   * Whether a connection has been in use for long, or none was released for long although some are in use or being
   * opened.
   */
  isHeldUp(): boolean {
    const now = performance.now();
    const [oldest = Infinity] = this.inUse.values();
    if (now - oldest > HELD_UP_MS) return true;
    return this.pool.totalCount > this.pool.idleCount && now - this.lastReleasedAt > HELD_UP_MS;
  }
}
