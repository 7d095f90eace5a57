// Copies the assets of the API documentation to `dist/api-docs`, compressed: Swagger UI, ReDoc and our own scripts.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, 'dist', 'api-docs');
const { resolve } = createRequire(import.meta.url);
const swagger = dirname(resolve('swagger-ui-dist/package.json'));
const own = join(root, 'src', 'api-docs', 'pages');

mkdirSync(target, { recursive: true });
for (const name of ['swagger-ui-bundle.js', 'swagger-ui.css', 'favicon-32x32.png']) {
  copyFileSync(join(swagger, name), join(target, name));
}
for (const name of readdirSync(own)) copyFileSync(join(own, name), join(target, name));
writeFileSync(join(target, 'redoc.standalone.js'), redocFromHere());

for (const name of readdirSync(target).filter((file) => /\.(js|css)$/.test(file))) {
  const content = readFileSync(join(target, name));
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
  writeFileSync(join(target, `${name}.br`), brotliCompressSync(content, quality));
  writeFileSync(join(target, `${name}.gz`), gzipSync(content));
}

/** ReDoc loads its vendor's logo from an external server; this removes it, since pages load nothing external. */
function redocFromHere() {
  const bundle = readFileSync(resolve('redoc/bundles/redoc.standalone.js'), 'utf8');
  const local = bundle.replaceAll('https://cdn.redoc.ly/redoc/logo-mini.svg', 'data:image/svg+xml,<svg/>');
  if (local.includes('cdn.redoc')) throw new Error('ReDoc still loads an external resource');
  return local;
}
