import { Module } from '@nestjs/common';

import { DocumentFiles } from './document-files.js';
import { DocumentsController } from './documents.controller.js';
import { PagesController } from './pages.controller.js';

/** What the APIs are, for programs and for people; `test/api-docs` holds it against what the server really answers. */
@Module({ controllers: [DocumentsController, PagesController], providers: [DocumentFiles] })
export class ApiDocsModule {}
