import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Pool } from 'pg';

import { ServiceUnavailableError } from '../../common/errors.js';
import { describeError } from '../../common/logging/describe-error.js';
import { RepeatedWork } from '../../common/repeated-work.js';
import { Clock, MAX_UNCERTAINTY_MS } from './clock.js';

const SAMPLES = 5;
const SAMPLE_EVERY_MS = 2_000;
const QUERY = { name: 'clock', text: 'SELECT extract(epoch from clock_timestamp())::float8 * 1000 AS now' };
/** Milliseconds by which the machine's clock may lead the monotonic one; beyond that it was suspended or changed. */
const SLEPT_MS = MAX_UNCERTAINTY_MS;
/** Assumed drift of the monotonic clock, as a fraction of the time since the last sample. */
const DRIFT = 100e-6;

interface Sample {
  /** Database time minus monotonic time, in milliseconds. */
  readonly offset: number;
  readonly roundTrip: number;
  readonly takenAt: number;
  /** The machine's clock minus monotonic time, in milliseconds. */
  readonly wallOffset: number;
}

/**
 * The database's clock, extrapolated by this process's monotonic clock. Every 2 s the quickest of several round trips
 * gives the offset, so steps of the machine's own clock have no effect. The monotonic clock stops while the machine is
 * suspended: when the machine's clock has jumped ahead of it, the time is unknown until the database has been queried.
 */
@Injectable()
export class DatabaseClock extends Clock implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(DatabaseClock.name);
  private sample: Sample | undefined;
  private readonly sampling = new RepeatedWork({
    everyMs: SAMPLE_EVERY_MS,
    run: () => this.trySynchronize(),
    logger: this.logger,
    failure: 'the database clock cannot be read',
  });
  private asking = false;

  constructor(private readonly pool: Pool) {
    super();
  }

  now(): number {
    const sample = this.known();
    if (!sample) throw new ServiceUnavailableError();
    return sample.offset + performance.now();
  }

  get uncertaintyMs(): number {
    const sample = this.known();
    if (!sample) return Infinity;
    return sample.roundTrip / 2 + (performance.now() - sample.takenAt) * DRIFT;
  }

  async onModuleInit(): Promise<void> {
    await this.synchronize();
    this.sampling.start();
  }

  onApplicationShutdown(): void {
    this.sampling.stop();
  }

  /** The last sample; undefined if the machine was suspended since, in which case the database is queried at once. */
  private known(): Sample | undefined {
    if (this.sample === undefined || wallOffset() - this.sample.wallOffset <= SLEPT_MS) return this.sample;
    this.sample = undefined;
    this.logger.warn({ msg: 'the machine slept, or its clock was set forward: the database clock is read again' });
    void this.trySynchronize();
    return undefined;
  }

  private async trySynchronize(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      await this.synchronize();
    } catch (error) {
      this.logger.warn({ msg: 'the database clock cannot be read', ...describeError(error) });
    } finally {
      this.asking = false;
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

const wallOffset = (): number => Date.now() - performance.now();

/** A sample that assigns the database's time to the middle of the round trip. */
function toSample(sent: number, received: number, databaseNow: number): Sample {
  return {
    offset: databaseNow - (sent + received) / 2,
    roundTrip: received - sent,
    takenAt: received,
    wallOffset: wallOffset(),
  };
}
