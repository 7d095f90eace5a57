import type { Result } from './result.js';

const HEADINGS = ['benchmark', 'unit', 'ours (min–max)', 'opponent (min–max)', 'ratio', 'target', 'holds'];

/** A new result, with its details below. */
export function rowOf(result: Result): string {
  const cells = cellsOf(result).map((cell, column) => (column === 0 ? cell : `${HEADINGS[column] ?? ''} ${cell}`));
  return `${cells.join(' · ')}\n${factsOf(result)}`;
}

/** All results as a table, with the details of each below. */
export function tableOf(results: readonly Result[]): string {
  const rows = [HEADINGS, ...results.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [
    lines[0],
    widths.map((width) => '─'.repeat(width)).join('  '),
    ...lines.slice(1),
    '',
    ...results.map(below),
  ].join('\n');
}

function cellsOf({ name, unit, ours, opponent, ratio, target, holds, details }: Result): string[] {
  const withRange = (value: number, range: unknown) => `${value} (${(range as number[]).join('–')})`;
  return [
    name,
    unit,
    withRange(ours, details['oursRange']),
    opponent === null ? 'could not keep up' : withRange(opponent, details['opponentRange']),
    ratio === null ? '–' : String(ratio),
    target === null ? '–' : String(target),
    holds === null ? '–' : holds ? 'yes' : 'NO',
  ];
}

function below(result: Result): string {
  return `${result.name}\n${factsOf(result)}`;
}

function factsOf({ details }: Result): string {
  const facts = Object.entries(details).filter(([key]) => !key.endsWith('Range'));
  return facts.map(([key, value]) => `    ${key}: ${String(value)}`).join('\n');
}
