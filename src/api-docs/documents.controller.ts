import { Controller, Get } from '@nestjs/common';

import { openApiDocument } from './openapi/document.js';

/** The documents themselves, for programs. */
@Controller()
export class DocumentsController {
  @Get('openapi.json')
  openApi(): object {
    return openApiDocument;
  }
}
