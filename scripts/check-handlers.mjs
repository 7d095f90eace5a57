// `npm run check -- handlers`: a handler of a controller or gateway is one statement, since it only translates and delegates,
// and no constructor takes more than eight parameters. `--list` names the handlers that are longer.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';

/** Share of handlers that have to be one statement. */
const WANTED = 0.85;
const MOST_PARAMETERS = 8;
const HANDLERS = new Set(['Get', 'Post', 'Put', 'Patch', 'Delete', 'All', 'SubscribeMessage']);
const root = join(import.meta.dirname, '..');

const files = readdirSync(join(root, 'src'), { recursive: true })
  .map((name) => join('src', name))
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'));
const { handlers, constructors } = merge(files.map((name) => look(name)));
const long = handlers.filter(({ statements }) => statements > 1);
const share = (handlers.length - long.length) / handlers.length;
const wide = constructors.filter(({ parameters }) => parameters > MOST_PARAMETERS);

if (process.argv.includes('--list')) for (const { where, statements } of long) console.log(`${where}: ${statements}`);
for (const { where, parameters } of wide) console.error(`${where}: ${parameters} constructor parameters`);
console.log(`${handlers.length} handlers, ${Math.round(share * 100)} % of one statement (at least ${WANTED * 100} %)`);
process.exitCode = share >= WANTED && wide.length === 0 ? 0 : 1;

function look(name) {
  const source = ts.createSourceFile(name, readFileSync(join(root, name), 'utf8'), ts.ScriptTarget.ES2022, true);
  const found = { handlers: [], constructors: [] };
  const visit = (node) => {
    const where = `${name}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    if (ts.isConstructorDeclaration(node)) found.constructors.push({ where, parameters: node.parameters.length });
    if (ts.isMethodDeclaration(node) && isHandler(node)) {
      found.handlers.push({ where: `${where} ${node.name.getText()}`, statements: node.body?.statements.length ?? 0 });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isHandler(method) {
  return (ts.getDecorators(method) ?? []).some(({ expression }) => {
    const called = ts.isCallExpression(expression) ? expression.expression : expression;
    return HANDLERS.has(called.getText());
  });
}

function merge(parts) {
  return {
    handlers: parts.flatMap(({ handlers: some }) => some),
    constructors: parts.flatMap(({ constructors: some }) => some),
  };
}
