import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';

import { RouteNotFoundError } from '../common/errors.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { asyncApiDocument } from './asyncapi/document.js';
import { DocumentFiles } from './document-files.js';
import { openApiDocument } from './openapi/document.js';

const CODINGS = ['br', 'gzip', 'identity'];

/** The documents themselves, for programs, and the files that their pages load. */
@Controller()
export class DocumentsController {
  constructor(
    private readonly files: DocumentFiles,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get('openapi.json')
  openApi(): object {
    return openApiDocument;
  }

  @Get('asyncapi.json')
  asyncApi(): object {
    const { host, protocol } = new URL(this.settings.http.publicUrl);
    return asyncApiDocument(host, protocol === 'https:' ? 'wss' : 'ws');
  }

  /** Asked for again each time, and mostly not modified. */
  @Get('api-docs/:file')
  file(@Param('file') name: string, @Req() request: Request, @Res() response: Response): void {
    const file = this.files.get(name);
    if (file === undefined) throw new RouteNotFoundError();
    const wanted = request.acceptsEncodings(CODINGS.filter((coding) => coding in file.bodies));
    const coding = wanted === false ? 'identity' : wanted;
    if (coding !== 'identity') response.set('Content-Encoding', coding);
    response
      .vary('Accept-Encoding')
      .set({ 'Cache-Control': 'no-cache', ETag: `"${file.tag}-${coding}"`, 'X-Content-Type-Options': 'nosniff' })
      .type(file.type)
      .send(file.bodies[coding]);
  }
}
