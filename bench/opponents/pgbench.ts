import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';

import { CLIENTS, updateText, type UpdateRun } from './timer-update.js';

const execute = promisify(execFile);

/** Whether PostgreSQL's own load generator is installed. */
export async function hasPgbench(): Promise<boolean> {
  try {
    await execute('pgbench', ['--version']);
    return true;
  } catch {
    return false;
  }
}

/** Each client repeats its own timers, so it knows their revisions without reading. */
function scriptOf({ timers, firstPass }: UpdateRun): string {
  const share = timers / CLIENTS;
  const variables = { timer: ':timer', at: ':at', elapsed: ':elapsed', revision: ':revision' };
  const oneLine = (verb: 'pause' | 'resume') => `${updateText(verb, variables).replaceAll(/\s+/g, ' ')};`;
  return `
\\set n :n + 1
\\set pass ${firstPass} + :n / ${share}
\\set timer :client_id * ${share} + mod(:n, ${share})
\\set revision :pass + 1
\\set elapsed :pass
\\set at ${Math.floor(Date.now() / 1_000)} + :pass
\\if mod(:pass, 2) = 0
${oneLine('pause')}
\\else
${oneLine('resume')}
\\endif
`;
}

/** @returns rows a second, without the time to connect @throws Error when a statement fails */
export async function runPgbench(run: UpdateRun): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'metronome-pgbench-'));
  try {
    const script = join(folder, 'update.sql');
    await writeFile(script, scriptOf(run));
    const transactions = (run.timers / CLIENTS) * run.passes;
    const options = ['-n', '-M', 'prepared', '-c', `${CLIENTS}`, '-j', '2', '-t', `${transactions}`, '-D', 'n=-1'];
    const { stdout } = await execute('pgbench', [...options, '-f', script], { env: environmentOf(run.url) });
    return rateOf(stdout);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function rateOf(output: string): number {
  const rate = /tps = ([\d.]+) \(without initial connection time\)/.exec(output)?.[1];
  if (rate === undefined) throw new Error(`unexpected output of pgbench: ${output}`);
  return Number(rate);
}

/** Passes the password in the environment, because every user of the machine can read command lines. */
function environmentOf(url: string): NodeJS.ProcessEnv {
  const { host, port, user, password, database } = new Client({ connectionString: url });
  return {
    PATH: process.env['PATH'],
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
    PGOPTIONS: '-c timezone=UTC -c jit=off',
  };
}
