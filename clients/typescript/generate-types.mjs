// `node clients/typescript/generate-types.mjs`: generates src/types.ts from the API documents of the built code.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { typesOf } from './schema-types.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const documentOf = (name) =>
  JSON.parse(
    execFileSync(process.execPath, ['scripts/write-api-docs.mjs', name], { cwd: root, maxBuffer: 64 * 1024 * 1024 }),
  );

writeFileSync(new URL('src/types.ts', import.meta.url), typesOf(documentOf('openapi'), documentOf('asyncapi')));
