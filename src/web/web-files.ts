import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';

import { type PreparedFile, readPrepared } from '../common/http/prepared-file.js';
import { packageRoot } from '../common/package.js';

const COMPRESSED = ['.br', '.gz'];

/** The build of `web/` in `dist/web`: several hundred kilobytes, read once. Empty if it was not built. */
@Injectable()
export class WebFiles {
  private readonly assets = new Map<string, PreparedFile>();
  private readonly pages = new Map<string, string>();

  constructor() {
    this.load(join(packageRoot, 'dist', 'web'));
  }

  /** @param name of a file in `assets/`, including its hash */
  asset(name: string): PreparedFile | undefined {
    return this.assets.get(name);
  }

  /** @param name `start`, `app` or `room` */
  page(name: string): string | undefined {
    return this.pages.get(name);
  }

  private load(folder: string): void {
    for (const name of filesIn(folder)) {
      if (name.endsWith('.html'))
        this.pages.set(name.slice(0, -'.html'.length), readFileSync(join(folder, name), 'utf8'));
    }
    const assets = join(folder, 'assets');
    const isCompressed = (name: string) => COMPRESSED.some((suffix) => name.endsWith(suffix));
    for (const name of filesIn(assets)) {
      if (!isCompressed(name)) this.assets.set(name, readPrepared(join(assets, name)));
    }
  }
}

const filesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);
