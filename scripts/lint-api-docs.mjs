// Lints the documents of the built code: OpenAPI with Redocly (redocly.yaml), AsyncAPI with its parser.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Parser } from '@asyncapi/parser';

import { asyncApiDocument } from '../dist/src/api-docs/asyncapi/document.js';
import { openApiDocument } from '../dist/src/api-docs/openapi/document.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const problems = [...lintOpenApi(), ...(await lintAsyncApi())];
for (const problem of problems) console.log(problem);
console.log(`${problems.length} problems`);
process.exit(problems.length > 0 ? 1 : 0);

function lintOpenApi() {
  const folder = mkdtempSync(join(tmpdir(), 'metronome-openapi-'));
  const file = join(folder, 'openapi.json');
  writeFileSync(file, JSON.stringify(openApiDocument));
  const redocly = join(dirname(createRequire(import.meta.url).resolve('@redocly/cli/package.json')), 'bin', 'cli.js');
  const { stdout } = spawnSync(
    process.execPath,
    [redocly, 'lint', file, '--config', join(root, 'redocly.yaml'), '--format', 'json', '--max-problems', '1000'],
    { encoding: 'utf8', env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' } },
  );
  rmSync(folder, { recursive: true });
  const { problems: found } = JSON.parse(stdout.slice(stdout.indexOf('{')));
  return found.map(({ ruleId, message, location }) => `OpenAPI ${ruleId}: ${message} ${location[0]?.pointer}`);
}

async function lintAsyncApi() {
  const { diagnostics } = await new Parser().parse(JSON.stringify(asyncApiDocument('localhost:8000')));
  return diagnostics.map(({ code, message, path }) => `AsyncAPI ${code}: ${message} ${path.join('/')}`);
}
