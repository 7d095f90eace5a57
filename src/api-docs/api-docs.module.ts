import { Module } from '@nestjs/common';

import { DocumentFiles } from './document-files.js';
import { DocumentsController } from './documents.controller.js';
import { PagesController } from './pages.controller.js';

/** The API documents and their pages; `test/api-docs` checks them against the server's responses. */
@Module({ controllers: [DocumentsController, PagesController], providers: [DocumentFiles] })
export class ApiDocsModule {}
