import { Injectable } from '@nestjs/common';
import { Pool, type PoolClient } from 'pg';

/** Longer than a request's work with the database takes unless something holds it up. */
const HELD_UP_MS = 1_000;

/** Whether the database keeps callers waiting: what tells a slow answer of its from our own long work. */
@Injectable()
export class PoolActivity {
  /** Since when each connection is in use, the longest first. */
  private readonly inUse = new Map<PoolClient, number>();
  private lastReleasedAt = 0;

  constructor(private readonly pool: Pool) {
    pool.on('acquire', (client) => this.inUse.set(client, performance.now()));
    pool.on('release', (_, client) => {
      this.inUse.delete(client);
      this.lastReleasedAt = performance.now();
    });
  }

  /** A connection has been in use for long, or none has come back for long though some are in use or being opened. */
  isHeldUp(): boolean {
    const now = performance.now();
    const [oldest = Infinity] = this.inUse.values();
    if (now - oldest > HELD_UP_MS) return true;
    return this.pool.totalCount > this.pool.idleCount && now - this.lastReleasedAt > HELD_UP_MS;
  }
}
