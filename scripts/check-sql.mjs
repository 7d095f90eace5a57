// `npm run check -- sql`: SQL stands in files named `*.sql.ts` or `*-statement.ts`, and each module's SQL names its own tables only.
// A table belongs to the folder of `src` that its entity lies in. `node scripts/check-sql.mjs FOLDER EXCEPTIONS` reads another tree, for tests.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = process.argv[2] ?? 'src';
/** What is still to be moved: files with SQL, and files that name tables of others. An exception that nothing needs fails. */
const exceptions = process.argv[3] ?? 'scripts/check-sql-exceptions.json';
const { sqlElsewhere, foreignTables } = JSON.parse(readFileSync(exceptions, 'utf8'));
const MAY_HOLD_SQL = /(\.sql|-statement|\.entity)\.ts$/;

/** What tells SQL from other text: its keywords in capitals, a numbered parameter beside an operator, a cast of one. */
const SQL = [
  /\bSELECT\b[^;]*\b(FROM|AS|EXISTS|pg_\w+|\d)|^\s*SELECT\b/,
  /\bINSERT INTO\b/,
  /\bDELETE FROM\b/,
  /\bUPDATE [a-z_]+\b[^;]*\bSET\b/,
  /\b(LEFT |INNER |CROSS )?JOIN (LATERAL|[a-z_]+)\b/,
  /\bFOR (NO KEY )?(UPDATE|SHARE)\b/,
  /\b(CREATE|ALTER|DROP|TRUNCATE|LOCK) (TABLE|INDEX|DATABASE|ROLE|TYPE|FUNCTION)\b/,
  /\bTRUNCATE [a-z_]+/,
  /^SET (LOCAL )?[a-z_]+ (=|TO)/,
  /^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT)\b(?!:)/,
  /\bCOPY (\(|[a-z"?]+ (FROM|TO|\())/,
  /\$\d+(::|\s*\)|\s+(AND|OR)\b)|( [=<>] |ANY \()\$\d+/,
  /\bextract\(epoch from\b|\bto_timestamp\(/,
];

const files = readdirSync(root, { recursive: true })
  .map((name) => join(root, name))
  .filter((name) => name.endsWith('.ts') && !/\.(spec|d)\.ts$/.test(name));
const texts = new Map(files.map((file) => [file, literalsOf(file)]));
const owners = new Map(
  files
    .filter((file) => file.endsWith('.entity.ts'))
    .flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/@Entity\('(\w+)'/g)].map(([, table]) => [table, moduleOf(file)]),
    ),
);

const problems = [...elsewhere(), ...foreign()];
for (const problem of problems) console.error(problem);
const left = `${sqlElsewhere.length} files with SQL, ${Object.keys(foreignTables).length} that name tables of others`;
console.log(`${files.length} files, ${owners.size} tables, ${problems.length} problems; exceptions: ${left}`);
process.exit(problems.length === 0 ? 0 : 1);

function elsewhere() {
  const holding = files.filter((file) => !MAY_HOLD_SQL.test(file) && texts.get(file).some(({ text }) => isSql(text)));
  return compare(holding, sqlElsewhere, (file) => {
    const { line, text } = texts.get(file).find((literal) => isSql(literal.text));
    return `${file}:${line} holds SQL: move it to a *.sql.ts or *-statement.ts file (${text.trim().slice(0, 60).replaceAll('\n', ' ')}…)`;
  });
}

function foreign() {
  const named = new Map(files.map((file) => [file, foreignTablesOf(file)]).filter(([, tables]) => tables.length > 0));
  const pairs = [...named].flatMap(([file, tables]) => tables.map((table) => `${file} ${table}`));
  const excepted = Object.entries(foreignTables).flatMap(([file, tables]) => tables.map((table) => `${file} ${table}`));
  return compare(pairs, excepted, (pair) => {
    const [file, table] = pair.split(' ');
    return `${file} names ${table}, a table of src/${owners.get(table)}: ask its owner`;
  });
}

/** What is found and not excepted, and exceptions that nothing needs any more. */
function compare(found, excepted, describe) {
  return [
    ...found.filter((item) => !excepted.includes(item)).map(describe),
    ...excepted
      .filter((item) => !found.includes(item))
      .map((item) => `no longer an exception, take it off the list: ${item}`),
  ];
}

function foreignTablesOf(file) {
  const sql = texts
    .get(file)
    .map(({ text }) => text)
    .join('\n;\n');
  return [...owners.keys()].filter((table) => owners.get(table) !== moduleOf(file) && names(sql, table));
}

/** `FROM rooms`, `JOIN rooms`, `, rooms r`, `'rooms'::regclass`. */
function names(sql, table) {
  return new RegExp(
    `\\b(FROM|JOIN|INTO|UPDATE|USING|ONLY|TABLE|TRUNCATE)\\s+"?${table}"?\\b(?!\\()|,\\s+${table}\\s+(AS\\s+)?[a-z]{1,2}\\b|'${table}'::regclass`,
  ).test(sql);
}

function isSql(text) {
  return SQL.some((sign) => sign.test(text));
}

function moduleOf(file) {
  return file.slice(root.length + 1).split('/')[0];
}

/** Texts of a file; what a template puts in is `?`. */
function literalsOf(file) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found = [];
  const add = (node, text) =>
    found.push({ text, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1 });
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) add(node, node.text);
    if (ts.isTemplateExpression(node))
      add(node, [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('?'));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
