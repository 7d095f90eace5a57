// `npm run check -- handlers`: a handler of a controller or gateway is one statement, since it only translates and delegates,
// and no constructor takes more than eight parameters. `--list` names the handlers that are longer; another argument is the
// folder to check, `src` by default.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';

/** Share of handlers that have to be one statement. */
const WANTED = 0.85;
const MOST_PARAMETERS = 8;
const HANDLERS = new Set(['Get', 'Post', 'Put', 'Patch', 'Delete', 'All', 'SubscribeMessage']);

const given = process.argv.slice(2);
const folder = given.find((argument) => !argument.startsWith('--')) ?? join(import.meta.dirname, '..', 'src');
const handlers = [];
const constructors = [];
for (const name of readdirSync(folder, { recursive: true })) {
  if (name.endsWith('.ts') && !name.endsWith('.spec.ts')) look(name);
}

const long = handlers.filter(({ statements }) => statements > 1);
const share = handlers.length === 0 ? 1 : (handlers.length - long.length) / handlers.length;
const wide = constructors.filter(({ parameters }) => parameters > MOST_PARAMETERS);
if (given.includes('--list')) for (const { where, statements } of long) console.log(`${where}: ${statements}`);
for (const { where, parameters } of wide) console.error(`${where}: ${parameters} constructor parameters`);
console.log(`${handlers.length} handlers, ${Math.round(share * 100)} % of one statement (at least ${WANTED * 100} %)`);
process.exitCode = share >= WANTED && wide.length === 0 ? 0 : 1;

function look(name) {
  const source = ts.createSourceFile(name, readFileSync(join(folder, name), 'utf8'), ts.ScriptTarget.ES2022, true);
  const visit = (node) => {
    const where = `${name}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    if (ts.isConstructorDeclaration(node)) constructors.push({ where, parameters: node.parameters.length });
    if (ts.isMethodDeclaration(node) && isHandler(node)) {
      handlers.push({ where: `${where} ${node.name.getText()}`, statements: node.body?.statements.length ?? 0 });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}

function isHandler(method) {
  return (ts.getDecorators(method) ?? []).some(({ expression }) => {
    const called = ts.isCallExpression(expression) ? expression.expression : expression;
    return HANDLERS.has(called.getText());
  });
}
