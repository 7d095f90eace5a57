// `node scripts/write-api-docs.mjs openapi|asyncapi [FILE]`: writes the document of the built code, without a server.
import { writeFileSync } from 'node:fs';

import { buildWhenNeeded } from './build-when-needed.mjs';

const DOCUMENTS = {
  openapi: async () => (await fromBuild('openapi/document.js')).openApiDocument,
  asyncapi: async () => (await fromBuild('asyncapi/document.js')).asyncApiDocument('localhost:8000'),
};
const fromBuild = (file) => import(new URL(`../dist/src/api-docs/${file}`, import.meta.url).href);

const [name, file] = process.argv.slice(2);
const read = DOCUMENTS[name];
if (read === undefined) {
  console.error('Usage: node scripts/write-api-docs.mjs openapi|asyncapi [FILE]');
  process.exit(1);
}
buildWhenNeeded();
const text = `${JSON.stringify(await read(), null, 2)}\n`;
if (file === undefined) process.stdout.write(text);
else writeFileSync(file, text);
