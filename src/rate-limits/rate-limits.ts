import { Inject, Injectable } from '@nestjs/common';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

import { TooManyRequestsError } from '../common/errors.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { RedisConnections } from '../redis/redis.module.js';

/** So many of something in a window, counted for each key. */
export interface RateRule {
  /** Unique: rules of the same name share their counts. */
  readonly name: string;
  readonly points: number;
  readonly windowSeconds: number;
}

/** Where a caller stands, as the `X-RateLimit-*` headers tell it (docs/spec/v1.md#42-rate-limits). */
export interface RateStanding {
  readonly limit: number;
  readonly remaining: number;
  /** Epoch seconds at which the window ends. */
  readonly resetAt: number;
  /** Seconds until then, at least 1. */
  readonly retryAfterSeconds: number;
  readonly exceeded: boolean;
}

/** Counts requests against rules, each rule's window beginning with the first one of a key. */
@Injectable()
export class RateLimits {
  private readonly limiters = new Map<string, RateLimiterAbstract>();

  constructor(
    private readonly redis: RedisConnections,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** `RATE_LIMIT_ENABLED` */
  get enabled(): boolean {
    return this.settings.rateLimits.enabled;
  }

  /** Counts one. @returns undefined when limits are off (`RATE_LIMIT_ENABLED=false`) */
  async count(rule: RateRule, key: string): Promise<RateStanding | undefined> {
    if (!this.settings.rateLimits.enabled) return undefined;
    try {
      return standing(rule, await this.limiterOf(rule).consume(key), false);
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      return standing(rule, refused, true);
    }
  }

  /** Where a key stands, without counting. @returns undefined for one that was not counted yet, and when limits are off */
  async look(rule: RateRule, key: string): Promise<RateStanding | undefined> {
    if (!this.settings.rateLimits.enabled) return undefined;
    const counted = await this.limiterOf(rule).get(key);
    return counted === null ? undefined : standing(rule, counted, counted.consumedPoints >= rule.points);
  }

  /** Counts one and refuses what is too many. @throws TooManyRequestsError */
  async admit(rule: RateRule, key: string): Promise<void> {
    const counted = await this.count(rule, key);
    if (counted?.exceeded) throw new TooManyRequestsError(counted.retryAfterSeconds);
  }

  private limiterOf(rule: RateRule): RateLimiterAbstract {
    const known = this.limiters.get(rule.name);
    if (known) return known;
    const limiter = this.limiterFor(rule);
    this.limiters.set(rule.name, limiter);
    return limiter;
  }

  /** Counted for all instances in Redis, if there is one; by this one alone while it is away. */
  private limiterFor({ name, points, windowSeconds }: RateRule): RateLimiterAbstract {
    const options = { keyPrefix: `metronome:${name}`, points, duration: windowSeconds };
    const alone = new RateLimiterMemory(options);
    const { commands } = this.redis;
    if (commands === undefined) return alone;
    return new RateLimiterRedis({
      ...options,
      storeClient: commands,
      insuranceLimiter: alone,
      rejectIfRedisNotReady: true,
    });
  }
}

function standing(rule: RateRule, counted: RateLimiterRes, exceeded: boolean): RateStanding {
  const milliseconds = Math.max(counted.msBeforeNext, 0);
  return {
    limit: rule.points,
    remaining: counted.remainingPoints,
    resetAt: Math.ceil((Date.now() + milliseconds) / 1_000),
    retryAfterSeconds: Math.max(1, Math.ceil(milliseconds / 1_000)),
    exceeded,
  };
}

/** The headers of an answer to a counted request. */
export function rateLimitHeaders({ limit, remaining, resetAt, exceeded, retryAfterSeconds }: RateStanding) {
  return {
    'X-RateLimit-Limit': String(limit),
    'X-RateLimit-Remaining': String(remaining),
    'X-RateLimit-Reset': String(resetAt),
    ...(exceeded ? { 'Retry-After': String(retryAfterSeconds) } : {}),
  };
}
