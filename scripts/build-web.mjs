// Builds the pages of `web/` into `dist/web` and compresses the assets.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build } from 'vite';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const COMPRESSIBLE = /\.(js|css|svg)$/;

await build({ configFile: join(root, 'web', 'vite.config.mjs'), logLevel: 'warn' });
const assets = join(root, 'dist', 'web', 'assets');
for (const name of readdirSync(assets).filter((file) => COMPRESSIBLE.test(file))) {
  const content = readFileSync(join(assets, name));
  writeFileSync(join(assets, `${name}.br`), brotliCompressSync(content));
  writeFileSync(join(assets, `${name}.gz`), gzipSync(content, { level: 9 }));
}
