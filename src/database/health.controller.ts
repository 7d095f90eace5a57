import { Controller, Get, Res } from '@nestjs/common';
import type { Response } from 'express';

import { packageVersion } from '../common/package.js';
import { Readiness } from './readiness.js';

/** Liveness (focus-mate-rooms.md 3.1) and readiness, for load balancers and people. */
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get()
  health(): { status: string; timestamp: string; version: string } {
    const timestamp = `${new Date().toISOString().slice(0, 19)}Z`;
    return { status: 'healthy', timestamp, version: packageVersion };
  }

  @Get('ready')
  async ready(@Res({ passthrough: true }) response: Response): Promise<{ status: string; checks: object }> {
    const { ready, checks } = await this.readiness.report();
    response.status(ready ? 200 : 503);
    return { status: ready ? 'ready' : 'not ready', checks };
  }
}
