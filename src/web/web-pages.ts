import { Injectable } from '@nestjs/common';
import type { Response } from 'express';

import { Origins } from '../common/http/origins.js';
import { WebFiles } from './web-files.js';

export type PageName = 'start' | 'app' | 'room';

export interface PageOptions {
  /** The HTTP status; 200 by default. */
  readonly status?: number;
  /** Shown before the product's name in the browser tab and in link previews of chats. */
  readonly title?: string;
  /** Text for browsers without scripts, and for a server without a build of the pages. */
  readonly lines?: readonly string[];
}

const PRODUCT = 'Metronome';

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Sends the pages of `web/` with a strict Content-Security-Policy; caches must revalidate them. */
@Injectable()
export class WebPages {
  constructor(
    private readonly files: WebFiles,
    private readonly origins: Origins,
  ) {}

  send(response: Response, name: PageName, options: PageOptions = {}): void {
    response
      .status(options.status ?? 200)
      .set(headersFor(this.origins.pageHosts(response.req)))
      .type('html')
      .send(this.html(name, options));
  }

  private html(name: PageName, { title, lines = [] }: PageOptions): string {
    const built = this.files.page(name);
    const heading = escaped(title === undefined ? PRODUCT : `${title} · ${PRODUCT}`);
    const text = lines.map((line) => `<p>${escaped(line)}</p>`).join('');
    if (built === undefined) return plain(heading, text);
    const titled = built.replace(/<title>.*?<\/title>/, () => `<title>${heading}</title>`);
    return titled.replace('<noscript></noscript>', () => `<noscript><h1>${heading}</h1>${text}</noscript>`);
  }
}

const plain = (heading: string, text: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${heading}</title></head><body><h1>${heading}</h1>${text}</body></html>`;

/**
 * Pages load everything from this server. Sockets are listed by host, because some browsers do not match them with
 * 'self'.
 */
function headersFor(hosts: readonly string[]): Record<string, string> {
  const sockets = hosts.map((host) => ` ws://${host} wss://${host}`).join('');
  return {
    'Content-Security-Policy':
      `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'${sockets}; ` +
      `form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
    'Cache-Control': 'no-cache',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
}
