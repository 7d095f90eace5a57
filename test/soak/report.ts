import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

import { type Kind, MIX } from './actors.js';
import type { Held } from './instance-probe.js';
import { isKept, type Limit, limitsOf, MIB } from './limits.js';
import { atTheEnd, handlesOf, last, type Minute, type Run, second } from './run.js';
import { SIZE } from './stage.js';
import type { Table } from './storage-probe.js';

const PAGE = 'docs/soak.md';
const [BEGIN, END] = ['<!-- soak: begin -->', '<!-- soak: end -->'];
/** Of the minutes in between, every fifth is shown. */
const SHOWN_EVERY = 5;

/** The progress line of one minute. */
export const progressOf = ({ rate, p50, p99, errors, instances }: Minute): string =>
  [
    `${number(rate)} responses/s, p50 ${number(p50)} ms, p99 ${number(p99)} ms, ${errors} errors`,
    ...instances.map((held) => `RSS ${number(held.rss / MIB)}, heap ${number(held.heap / MIB)} MiB`),
  ].join('; ');

/** The report in markdown: figures with limits, minute by minute, and the tables. */
export const reportOf = (run: Run): string =>
  [introduction(run), comparison(run), minutes(run), kinds(run), tables(run)].join('\n\n');

/** Replaces the report of the last run in the page. */
export function writeReport(report: string): void {
  const [before = ''] = readFileSync(PAGE, 'utf8').split(BEGIN);
  const [, after = ''] = readFileSync(PAGE, 'utf8').split(END);
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${report}\n\n${END}${after}`);
  spawnSync(process.execPath, ['node_modules/prettier/bin/prettier.cjs', '--write', PAGE]);
}

function introduction({ capacity, callers, rate, residents, busy, minutes: { length } }: Run): string {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? ''}, ${number(totalmem() / MIB / 1_024)} GiB`;
  return `${new Date().toISOString().slice(0, 10)}, ${machine}, Node.js ${process.versions.node}. Capacity with ${callers} callers:
${number(capacity)} responses/s. Then ${length} minutes at ${number(rate)}/s, with ${residents} permanent sockets and up to ${SIZE.visitors} temporary ones.
The load generator was busy for ${number(100 * busy)} % of the time.`;
}

function comparison(run: Run): string {
  const row = (limit: Limit) => [
    limit.what,
    ...[limit.then, limit.end, limit.atMost].map(number),
    isKept(limit) ? 'ok' : '**exceeded**',
  ];
  return table(['', 'minute 2', 'end', 'limit', ''], limitsOf(run).filter(isOfNoTable).map(row));
}

/** Limits of a table are shown with the tables. */
const isOfNoTable = ({ of }: Limit): boolean => of === undefined;

function minutes(run: Run): string {
  const shown = run.minutes
    .map((minute, index) => ({ minute, number: index + 1 }))
    .filter(({ number: at }) => at <= 2 || at % SHOWN_EVERY === 0 || at === run.minutes.length);
  const both = ({ instances }: Minute, of: (held: Held) => number) =>
    instances.map((held) => number(of(held))).join(', ');
  const dead = ({ stored }: Minute) => stored.tables.reduce((sum, each) => sum + each.dead, 0);
  const size = ({ stored }: Minute) => stored.tables.reduce((sum, each) => sum + each.bytes, 0) / MIB;
  return table(
    [
      ...['minute', 'responses/s', 'p50, ms', 'p99, ms', 'errors', 'RSS, MiB', 'heap, MiB', 'handles', 'descriptors'],
      ...['sockets', 'loop lag p99, ms', 'dead rows', 'tables, MiB'],
    ],
    shown.map(({ minute, number: at }) => [
      String(at),
      ...[minute.rate, minute.p50, minute.p99, minute.errors].map(number),
      both(minute, ({ rss }) => rss / MIB),
      both(minute, ({ heap }) => heap / MIB),
      both(minute, handlesOf),
      both(minute, ({ descriptors }) => descriptors),
      both(minute, ({ sockets }) => sockets),
      both(minute, ({ loopLagP99 }) => loopLagP99),
      number(dead(minute)),
      number(size(minute)),
    ]),
  );
}

function kinds(run: Run): string {
  const p99 = (kind: Kind) => (minute: Minute) => minute.p99Of.get(kind) ?? NaN;
  const row = ([kind, share]: [string, number]) => [
    kind,
    `${share} %`,
    number(p99(kind as Kind)(second(run))),
    number(atTheEnd(run, p99(kind as Kind))),
  ];
  return table(['', 'share', 'p99 in minute 2, ms', 'at the end, ms'], Object.entries(MIX).map(row));
}

function tables(run: Run): string {
  const limits = limitsOf(run);
  const exceeded = (name: string) => limits.filter((limit) => limit.of === name && !isKept(limit));
  const then = new Map(second(run).stored.tables.map((each) => [each.name, each]));
  const perRow = ({ bytes, live }: Table) => number(bytes / Math.max(1, live));
  const row = (end: Table) => {
    const before = then.get(end.name) ?? end;
    const unused = run.unused.get(end.name);
    return [
      `\`${end.name}\``,
      ...[before.live, end.live, before.bytes / MIB, end.bytes / MIB].map(number),
      `${perRow(before)}, ${perRow(end)}`,
      ...[before.dead, end.dead, end.vacuums].map(number),
      end.updates === 0 ? '–' : `${number((100 * end.hotUpdates) / end.updates)} %`,
      unused === undefined ? '–' : `${number(100 * unused)} %`,
      exceeded(end.name).length === 0 ? 'ok' : '**exceeded**',
    ];
  };
  return table(
    [
      ...[
        '',
        'rows, minute 2',
        'rows',
        'MiB, minute 2',
        'MiB',
        'bytes per row, before and after',
        'dead, minute 2',
        'dead',
        'vacuums',
      ],
      ...['HOT updates', 'unused', 'limits'],
    ],
    last(run).stored.tables.map(row),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

/** Rounds to three significant digits. */
const number = (value: number): string =>
  value.toLocaleString('en-GB', { maximumFractionDigits: Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0 });
