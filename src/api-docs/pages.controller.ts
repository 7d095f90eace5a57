import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { Response } from 'express';

import { RouteNotFoundError } from '../common/errors.js';
import { Origins } from '../common/http/origins.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { asyncApiPage } from './html/asyncapi-page.js';
import { headersOf, html, type Needs, type Page } from './html/page.js';
import { PLAYGROUND } from './html/playground-page.js';

const DOCUMENT = '<div id="document"></div>';

/** The documents' pages: Swagger UI, ReDoc, the sockets' page and a playground (docs/spec/settings.md#settings). */
@Controller()
export class PagesController {
  private socketsBody: string | undefined;

  constructor(
    private readonly origins: Origins,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** The stylesheet contains small images, and elements have inline styles. */
  @Get('docs')
  swagger(@Res() response: Response): void {
    const page = {
      title: 'API',
      styles: ['swagger-ui.css'],
      scripts: ['swagger-ui-bundle.js', 'docs.js'],
      body: DOCUMENT,
    };
    send(response, page, { styles: ` 'unsafe-inline'`, images: ' data:' });
  }

  /** ReDoc inserts styles as it renders, and searches in a worker. */
  @Get('redoc')
  redoc(@Res() response: Response): void {
    const page = {
      title: 'API reference',
      styles: ['redoc.css'],
      scripts: ['redoc.standalone.js', 'redoc.js'],
      body: DOCUMENT,
    };
    send(response, page, { styles: ` 'unsafe-inline'`, images: ' data:', workers: 'blob:' });
  }

  @Get('asyncapi')
  sockets(@Res() response: Response): void {
    this.socketsBody ??= asyncApiPage();
    send(response, { title: 'Sockets', styles: ['asyncapi.css'], body: this.socketsBody }, {});
  }

  /** Available in development, or when enabled. */
  @Get('playground')
  playground(@Res() response: Response): void {
    if (!this.settings.playground) throw new RouteNotFoundError();
    send(response, PLAYGROUND, { socketsOf: this.origins.pageHosts(response.req) });
  }
}

const send = (response: Response, page: Page, needs: Needs): void => {
  response.set(headersOf(needs)).type('html').send(html(page));
};
