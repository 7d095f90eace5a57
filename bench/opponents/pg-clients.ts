import { Client } from 'pg';

import { CLIENTS, updateText, type UpdateRun } from './timer-update.js';

const PARAMETERS = { timer: '$1', at: '$2', elapsed: '$3', revision: '$4' };
const PAUSE = { name: 'pause', text: updateText('pause', PARAMETERS) };
const RESUME = { name: 'resume', text: updateText('resume', PARAMETERS) };

/** Stands in for pgbench where it is missing: 16 `pg` clients. @returns rows a second */
export async function runPgClients(run: UpdateRun): Promise<number> {
  const clients = Array.from({ length: CLIENTS }, () => new Client({ connectionString: run.url }));
  await Promise.all(clients.map((client) => client.connect()));
  try {
    const began = performance.now();
    await Promise.all(clients.map((client, place) => updateShare(client, place, run)));
    return (run.timers * run.passes) / ((performance.now() - began) / 1_000);
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
}

async function updateShare(client: Client, place: number, { timers, firstPass, passes }: UpdateRun): Promise<void> {
  const share = timers / CLIENTS;
  const at = Math.floor(Date.now() / 1_000);
  for (let pass = firstPass; pass < firstPass + passes; pass += 1) {
    for (let index = 0; index < share; index += 1) {
      const values = [place * share + index, at + pass, pass, pass + 1];
      await client.query({ ...(pass % 2 === 0 ? PAUSE : RESUME), values });
    }
  }
}
