import { stringify } from 'csv-stringify/sync';

import type { TagObject } from '../tags/tag.presenter.js';
import type { TimerObject } from '../timers/timer.presenter.js';

type Pages = AsyncIterable<readonly TimerObject[]>;

/** How timers are written into a file, page by page. */
interface ExportFormat {
  readonly contentType: string;
  readonly write: (pages: Pages) => AsyncGenerator<string>;
}

/** docs/spec/extensions.md#export names them, and their order. */
const COLUMNS = [
  'id',
  'origin',
  'title',
  'description',
  'status',
  'started_at',
  'ended_at',
  'elapsed_time',
  'allocated_duration',
  'tags',
  'schedule_id',
  'todo_id',
];

/**
 * Where a spreadsheet may see a formula begin (OWASP, CSV injection): at the start of a cell, and behind whatever it takes
 * for the end of one, which is not a comma in every country. The signs of full width are the same to it.
 */
const FORMULA = /((?:^|[,;|\t\r\n]) *)(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g;
/** What a spreadsheet skips in front of a formula. */
const SKIPPED = /^(?=[\t\r\n])/;

/** A text that no spreadsheet takes for a formula: an apostrophe stands before whatever could be one. */
export const withoutFormulas = (text: string): string => text.replace(FORMULA, `$1'`).replace(SKIPPED, `'`);

const lines = (records: readonly object[], header: boolean): string =>
  stringify([...records], {
    columns: COLUMNS,
    header,
    // Without a byte order mark Excel reads UTF-8 as the code page of its country.
    bom: header,
    record_delimiter: 'windows',
    quoted_string: true,
    cast: { string: withoutFormulas },
  });

/** RFC 4180. */
async function* writeCsv(pages: Pages): AsyncGenerator<string> {
  let header = true;
  for await (const page of pages) {
    yield lines(page.map(toRecord), header);
    header = false;
  }
  if (header) yield lines([], header);
}

const toRecord = (timer: TimerObject): object => ({ ...timer, tags: namesOf(timer['tags'] as readonly TagObject[]) });

const namesOf = (tags: readonly TagObject[]): string => tags.map(({ name }) => name).join('; ');

/** An array of Timers (docs/spec/v1.md#51-timer-object). */
async function* writeJson(pages: Pages): AsyncGenerator<string> {
  let before = '[';
  for await (const page of pages) {
    yield before + page.map((timer) => JSON.stringify(timer)).join(',');
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}

export const FORMATS = {
  csv: { contentType: 'text/csv; charset=utf-8; header=present', write: writeCsv },
  json: { contentType: 'application/json; charset=utf-8', write: writeJson },
} as const satisfies Record<string, ExportFormat>;

export type FormatName = keyof typeof FORMATS;
