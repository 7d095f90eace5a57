import { parse } from 'csv-parse/sync';

import type { TimerObject } from '../timers/timer.presenter.js';
import { FORMATS, withoutFormulas } from './formats.js';

it.each([
  ['=1+1', `'=1+1`],
  ['+1', `'+1`],
  ['-1', `'-1`],
  ['@SUM(A1)', `'@SUM(A1)`],
  ['\uFF1D1', `'\uFF1D1`],
  ['\tx', `'\tx`],
  ['\rx', `'\rx`],
  ['\nx', `'\nx`],
  ['\n=1', `'\n'=1`],
  ['x;=1+1', `x;'=1+1`],
  ['x,=1', `x,'=1`],
  ['x|@1', `x|'@1`],
  ['x\t=1', `x\t'=1`],
  ['x\r\n=1', `x\r\n'=1`],
  ['a; =1', `a; '=1`],
  [' =1', ` '=1`],
  ['1=1, a-b; c@d.example\nx', '1=1, a-b; c@d.example\nx'],
  ['', ''],
])('%j becomes %j', (text, safe) => {
  expect(withoutFormulas(text)).toBe(safe);
});

async function csv(...pages: object[][]): Promise<string> {
  const all = (async function* () {
    for (const page of pages) yield await Promise.resolve(page as TimerObject[]);
  })();
  let text = '';
  for await (const piece of FORMATS.csv.write(all)) text += piece;
  return text;
}

describe('a CSV file', () => {
  const timer = {
    id: 'a',
    title: 'x;=1+1',
    description: null,
    elapsed_time: 60,
    tags: [{ name: 'y' }, { name: '=z' }],
  };

  it('begins with one byte order mark, quotes every text and no number, and has no formula in it', async () => {
    const text = await csv([timer], [{ ...timer, title: '' }]);
    const [header, ...lines] = text.split('\r\n');
    expect(header).toMatch(/^\uFEFF"id","origin","title"/);
    expect(lines).toEqual([`"a",,"x;'=1+1",,,,,60,,"y; '=z",,`, `"a",,"",,,,,60,,"y; '=z",,`, '']);
  });

  it('has a mark and a header when there is nothing else', async () => {
    expect(await csv()).toMatch(/^\uFEFF"id",[^\r\n]*\r\n$/);
  });

  it('is read back as it was, but for the guards', async () => {
    const [row] = parse(await csv([{ ...timer, title: 'two\r\nlines, "quoted"' }]), { columns: true, bom: true });
    expect(row).toMatchObject({ id: 'a', title: 'two\r\nlines, "quoted"', elapsed_time: '60' });
  });
});
