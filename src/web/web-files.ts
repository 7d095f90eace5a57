import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Injectable } from '@nestjs/common';

import { packageRoot } from '../common/package.js';

/** One file of the built pages, with what `scripts/build-web.mjs` compressed beforehand. */
export interface WebFile {
  readonly type: string;
  /** By content coding; `identity` is always there. */
  readonly bodies: Readonly<Record<string, Buffer>>;
}

const SUFFIXES = { br: '.br', gzip: '.gz' } as const;

/** What the build of `web/` left in `dist/web`: a few hundred kilobytes, read once. Nothing, where it was not built. */
@Injectable()
export class WebFiles {
  private readonly assets = new Map<string, WebFile>();
  private readonly pages = new Map<string, string>();

  constructor() {
    this.load(join(packageRoot, 'dist', 'web'));
  }

  /** @param name of a file in `assets/`, its hash included */
  asset(name: string): WebFile | undefined {
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
    const isCompressed = (name: string) => Object.values(SUFFIXES).some((suffix) => name.endsWith(suffix));
    for (const name of filesIn(assets)) {
      if (!isCompressed(name)) this.assets.set(name, fileAt(join(assets, name)));
    }
  }
}

const filesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);

function fileAt(path: string): WebFile {
  const bodies: Record<string, Buffer> = { identity: readFileSync(path) };
  for (const [coding, suffix] of Object.entries(SUFFIXES)) {
    if (existsSync(path + suffix)) bodies[coding] = readFileSync(path + suffix);
  }
  return { type: extname(path), bodies };
}
