import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';

import { prepare, type PreparedFile, readPrepared } from '../common/http/prepared-file.js';
import { packageRoot } from '../common/package.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { asyncApiDocument } from './asyncapi/document.js';
import { openApiDocument } from './openapi/document.js';

const NAME = /^[a-z0-9]+([.-][a-z0-9]+)*\.(js|css|png)$/;

/**
 * The documents, generated on first request, and the assets that `scripts/build-api-docs.mjs` put in `dist/api-docs`,
 * read on first request.
 */
@Injectable()
export class DocumentFiles {
  private readonly known = new Map<string, PreparedFile>();
  private madeOpenApi: Promise<PreparedFile> | undefined;
  private madeAsyncApi: Promise<PreparedFile> | undefined;

  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  openApi(): Promise<PreparedFile> {
    this.madeOpenApi ??= prepare('.json', JSON.stringify(openApiDocument));
    return this.madeOpenApi;
  }

  asyncApi(): Promise<PreparedFile> {
    const { host, protocol } = new URL(this.settings.http.publicUrl);
    const scheme = protocol === 'https:' ? 'wss' : 'ws';
    this.madeAsyncApi ??= prepare('.json', JSON.stringify(asyncApiDocument(host, scheme)));
    return this.madeAsyncApi;
  }

  /** Undefined for an unknown name, and for assets that were not built. */
  get(name: string): PreparedFile | undefined {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const path = join(packageRoot, 'dist', 'api-docs', name);
    if (!NAME.test(name) || !existsSync(path)) return undefined;
    const file = readPrepared(path);
    this.known.set(name, file);
    return file;
  }
}
