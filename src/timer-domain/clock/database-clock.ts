import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Pool } from 'pg';

import { ServiceUnavailableError } from '../../common/errors.js';
import { describeError } from '../../common/logging/describe-error.js';
import { Clock } from './clock.js';

const SAMPLES = 5;
const SAMPLE_EVERY_MS = 2_000;
const QUERY = { name: 'clock', text: 'SELECT extract(epoch from clock_timestamp())::float8 * 1000 AS now' };
/** How much a machine's oscillator may run off, as a fraction of the time since the last sample. */
const DRIFT = 100e-6;

interface Sample {
  /** Database time less monotonic time, milliseconds. */
  readonly offset: number;
  readonly roundTrip: number;
  readonly takenAt: number;
}

/**
 * The database's clock, carried on with this process's monotonic clock: the quickest of several round trips tells the
 * offset, every 10 s, so steps of the machine's own clock do not show.
 */
@Injectable()
export class DatabaseClock extends Clock implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(DatabaseClock.name);
  private sample: Sample | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly pool: Pool) {
    super();
  }

  now(): number {
    if (!this.sample) throw new ServiceUnavailableError();
    return this.sample.offset + performance.now();
  }

  get uncertaintyMs(): number {
    if (!this.sample) return Infinity;
    return this.sample.roundTrip / 2 + (performance.now() - this.sample.takenAt) * DRIFT;
  }

  async onModuleInit(): Promise<void> {
    await this.synchronize();
    this.timer = setInterval(() => void this.trySynchronize(), SAMPLE_EVERY_MS);
    this.timer.unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async trySynchronize(): Promise<void> {
    try {
      await this.synchronize();
    } catch (error) {
      this.logger.warn({ msg: 'the database clock cannot be read', ...describeError(error) });
    }
  }

  private async synchronize(): Promise<void> {
    const client = await this.pool.connect();
    try {
      const samples: Sample[] = [];
      for (let taken = 0; taken < SAMPLES; taken += 1) {
        const sent = performance.now();
        const { rows } = await client.query<{ now: number }>(QUERY);
        samples.push(toSample(sent, performance.now(), rows[0]?.now ?? NaN));
      }
      this.sample = samples.reduce((best, sample) => (sample.roundTrip < best.roundTrip ? sample : best));
    } finally {
      client.release();
    }
  }
}

/** The database's reading belongs to the middle of the round trip. */
function toSample(sent: number, received: number, databaseNow: number): Sample {
  return { offset: databaseNow - (sent + received) / 2, roundTrip: received - sent, takenAt: received };
}
