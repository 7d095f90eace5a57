import { timingSafeEqual } from 'node:crypto';
import { Controller, Get, Inject, type OnModuleInit, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Pool } from 'pg';
import { collectDefaultMetrics, Gauge, register } from 'prom-client';

import { RouteNotFoundError } from '../common/errors.js';
import { Origins } from '../common/http/origins.js';
import { SETTINGS, type Settings } from '../config/settings.js';

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;
/**
 * Headers that proxies add: a request with one of them did not come from this machine, whatever its peer address is.
 */
const PROXY_HEADERS = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded', 'x-real-ip', 'via'];

/** Metrics for Prometheus (docs/spec/settings.md#settings). Unauthorized callers get 404. */
@Controller('metrics')
export class MetricsController implements OnModuleInit {
  constructor(
    private readonly pool: Pool,
    private readonly origins: Origins,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  onModuleInit(): void {
    if (register.getSingleMetric('metronome_database_connections') !== undefined) return;
    collectDefaultMetrics();
    const { pool } = this;
    new Gauge({
      name: 'metronome_database_connections',
      help: 'Connections of the pool by state',
      labelNames: ['state'],
      collect() {
        this.set({ state: 'open' }, pool.totalCount);
        this.set({ state: 'idle' }, pool.idleCount);
        this.set({ state: 'waiting' }, pool.waitingCount);
      },
    });
  }

  @Get()
  async show(@Req() request: Request, @Res() response: Response): Promise<void> {
    if (!this.mayRead(request)) throw new RouteNotFoundError();
    response.type(register.contentType).send(await register.metrics());
  }

  private mayRead(request: Request): boolean {
    const { enabled, token } = this.settings.metrics;
    if (!enabled) return false;
    if (token !== undefined) return matches(request.get('authorization') ?? '', `Bearer ${token}`);
    const proxied = PROXY_HEADERS.some((header) => request.headers[header] !== undefined);
    // A page whose name points at this machine (DNS rebinding) also connects from the loopback.
    return !proxied && this.origins.isOwnName(request) && LOOPBACK.test(request.socket.remoteAddress ?? '');
  }
}

function matches(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
