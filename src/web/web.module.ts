import { Module } from '@nestjs/common';

import { WebFiles } from './web-files.js';
import { WebPages } from './web-pages.js';
import { WebController } from './web.controller.js';

/** The web pages of `web/`, built by Vite into `dist/web` and served by this process. */
@Module({
  controllers: [WebController],
  providers: [WebFiles, WebPages],
  exports: [WebPages],
})
export class WebModule {}
