// `node test/recorded/check-logs.mjs FOLDER`: looks for secrets in all that the applications of a test run have logged, at trace
// level (test/support/recorder.ts). Prints where there are any, never what they are.
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** What a secret looks like, whoever made it. */
const SECRETS = {
  'a JWT': /eyJ[\w-]{8,}\.[\w-]{8,}/,
  'a legacy token': /(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])/i,
  'a token of 256 bits': /(?<![\w-])[\w-]{43}(?![\w-])/,
  'a password of the tests': /correct horse|battery staple|hunter2/i,
  'a hash': /\$argon2|pbkdf2/,
  'a code from a mail': /(?<![\w.:-])\d{6}(?![\w.:-])/,
  'a stack or SQL': /\n\s+at |SELECT .* FROM|INSERT INTO|UPDATE \w+ SET/,
};
/** Numbers that pino and the request line write: instants, milliseconds, bytes, processes. */
const MEASURES = /"(?:time|pid|ms|bytes|port|responseTime|duration)":[\d.]+/g;

const folder = process.argv[2];
if (folder === undefined) {
  console.error('usage: node test/recorded/check-logs.mjs FOLDER');
  process.exit(2);
}

let lines = 0;
const found = [];
for (const file of readdirSync(folder).filter((name) => name.endsWith('.log'))) {
  for await (const line of createInterface({ input: createReadStream(join(folder, file)) })) {
    lines += 1;
    const text = line.replaceAll(MEASURES, '');
    for (const [name, pattern] of Object.entries(SECRETS))
      if (pattern.test(text)) found.push(`${name}: ${contextOf(line)}`);
  }
}
for (const place of new Set(found)) console.log(place);
console.log(`${lines} log lines, ${found.length} with a secret`);
process.exit(found.length === 0 && lines > 0 ? 0 : 1);

function contextOf(line) {
  try {
    const { msg, context, route, method } = JSON.parse(line);
    return [context, method, route, msg]
      .filter(Boolean)
      .join(' ')
      .slice(0, 120)
      .replaceAll(/[\w-]{20,}/g, '…');
  } catch {
    return 'no JSON';
  }
}
