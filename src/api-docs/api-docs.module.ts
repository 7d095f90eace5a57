import { Module } from '@nestjs/common';

import { DocumentsController } from './documents.controller.js';

/** What the APIs are, for programs and for people; `test/api-docs` holds it against what the server really answers. */
@Module({ controllers: [DocumentsController] })
export class ApiDocsModule {}
