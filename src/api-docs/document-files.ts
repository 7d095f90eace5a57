import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { Injectable } from '@nestjs/common';

import { packageRoot } from '../common/package.js';

/** One file that the documents' pages load. */
export interface DocumentFile {
  /** Its extension. */
  readonly type: string;
  /** By content coding; `identity` is always there. */
  readonly bodies: Readonly<Record<string, Buffer>>;
  /** Names the content. */
  readonly tag: string;
}

const NAME = /^[a-z0-9]+([.-][a-z0-9]+)*\.(js|css|png)$/;
const SUFFIXES = { br: '.br', gzip: '.gz' } as const;

/** What `scripts/build-api-docs.mjs` left in `dist/api-docs`, each read when it is first asked for. */
@Injectable()
export class DocumentFiles {
  private readonly known = new Map<string, DocumentFile>();

  /** Undefined for what there is not, and where it was not built. */
  get(name: string): DocumentFile | undefined {
    const known = this.known.get(name);
    if (known !== undefined) return known;
    const path = join(packageRoot, 'dist', 'api-docs', name);
    if (!NAME.test(name) || !existsSync(path)) return undefined;
    const file = fileAt(path);
    this.known.set(name, file);
    return file;
  }
}

function fileAt(path: string): DocumentFile {
  const identity = readFileSync(path);
  const bodies: Record<string, Buffer> = { identity };
  for (const [coding, suffix] of Object.entries(SUFFIXES)) {
    if (existsSync(path + suffix)) bodies[coding] = readFileSync(path + suffix);
  }
  return { type: extname(path), bodies, tag: createHash('sha256').update(identity).digest('base64url') };
}
