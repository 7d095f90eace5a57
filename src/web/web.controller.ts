import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';

import { RouteNotFoundError } from '../common/errors.js';
import { sendPrepared } from '../common/http/prepared-file.js';
import { WebFiles } from './web-files.js';
import { WebPages } from './web-pages.js';

/** The start page, the dashboard, and the assets of all pages. The room page is served by src/rooms. */
@Controller()
export class WebController {
  constructor(
    private readonly pages: WebPages,
    private readonly files: WebFiles,
  ) {}

  @Get()
  start(@Res() response: Response): void {
    this.pages.send(response, 'start', { lines: ['A timer server that rooms, devices and old apps share.'] });
  }

  @Get('app')
  dashboard(@Res() response: Response): void {
    this.pages.send(response, 'app');
  }

  /** Names contain a hash of the content, so caches keep the files permanently. */
  @Get('assets/:name')
  asset(@Param('name') name: string, @Req() request: Request, @Res() response: Response): void {
    const file = this.files.asset(name);
    if (file === undefined) throw new RouteNotFoundError();
    sendPrepared(request, response, file, 'public, max-age=31536000, immutable');
  }
}
