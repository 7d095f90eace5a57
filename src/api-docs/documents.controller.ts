import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';

import { RouteNotFoundError } from '../common/errors.js';
import { sendPrepared } from '../common/http/prepared-file.js';
import { DocumentFiles } from './document-files.js';

/** Revalidated on each request; the usual response is 304. */
const CACHE_CONTROL = 'no-cache';

/** Serves the documents to programs, and the assets of their pages. */
@Controller()
export class DocumentsController {
  constructor(private readonly files: DocumentFiles) {}

  @Get('openapi.json')
  async openApi(@Req() request: Request, @Res() response: Response): Promise<void> {
    sendPrepared(request, response, await this.files.openApi(), CACHE_CONTROL);
  }

  @Get('asyncapi.json')
  async asyncApi(@Req() request: Request, @Res() response: Response): Promise<void> {
    sendPrepared(request, response, await this.files.asyncApi(), CACHE_CONTROL);
  }

  @Get('api-docs/:file')
  file(@Param('file') name: string, @Req() request: Request, @Res() response: Response): void {
    const file = this.files.get(name);
    if (file === undefined) throw new RouteNotFoundError();
    sendPrepared(request, response, file, CACHE_CONTROL);
  }
}
