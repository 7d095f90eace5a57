// `node test/recorded/check-api-docs.mjs FOLDER`: holds what a run of the tests recorded (test/support/recorder.ts) against
// the documents. What is not documented fails, and so does what is documented and was never seen.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Answers } from './answers.mjs';
import { Frames } from './frames.mjs';
import { asyncApiDocument } from '../../dist/src/api-docs/asyncapi/document.js';
import { BEYOND_CALLS, openApiDocument } from '../../dist/src/api-docs/openapi/document.js';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error(
    'Usage: node test/recorded/check-api-docs.mjs FOLDER (where API_RECORDINGS=FOLDER npx jest … recorded)',
  );
  process.exit(1);
}

const asJson = (document) => JSON.parse(JSON.stringify(document));
const answers = new Answers(asJson(openApiDocument), BEYOND_CALLS);
const frames = new Frames(asJson(asyncApiDocument('localhost:8000')));
const files = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
const records = files.flatMap((file) => readFileSync(join(folder, file), 'utf8').trim().split('\n'));
for (const line of records) {
  const record = JSON.parse(line);
  (record.kind === 'http' ? answers : frames).check(record);
}

const problems = [...answers.problems, ...frames.problems];
const unseen = [...answers.unseen(), ...frames.unseen()];
print(
  'Not as documented',
  problems.map(([line, example]) => `${line}\n      ${example}`),
);
print('Documented and never seen', unseen);
console.log(
  `API documents: ${records.length} shapes of answers and frames, ${problems.length} not as documented, ${unseen.length} never seen`,
);
process.exit(problems.length + unseen.length > 0 ? 1 : 0);

function print(title, lines) {
  if (lines.length > 0) console.log(`${title}:\n${lines.map((line) => `  ${line}`).join('\n')}\n`);
}
