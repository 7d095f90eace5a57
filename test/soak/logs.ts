import { createReadStream, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { SAID_BY_INSPECTOR } from './instance-probe.js';

const INSTANCES = ['metronome-a', 'metronome-b'];
const KEPT = 10;

/** What everybody wrote into the logs from now on that is no good news. */
export class Logs {
  private readonly from: ReadonlyMap<string, number>;

  constructor(private readonly folder: string) {
    const names = [...INSTANCES, 'load-balancer', 'redis'];
    this.from = new Map(names.map((name) => [name, statSync(this.fileOf(name)).size]));
  }

  /** The first lines of each. */
  async troubles(): Promise<string[]> {
    const troubles: string[] = [];
    for (const [name, start] of this.from) {
      let found = 0;
      for await (const line of createInterface({ input: createReadStream(this.fileOf(name), { start }) })) {
        if (!isTrouble(name, line)) continue;
        found += 1;
        if (found <= KEPT) troubles.push(`${name}: ${line}`);
      }
    }
    return troubles;
  }

  private fileOf(name: string): string {
    return join(this.folder, `${name}.log`);
  }
}

function isTrouble(name: string, line: string): boolean {
  // Instances log from warnings on.
  if (INSTANCES.includes(name)) return line !== '' && !SAID_BY_INSPECTOR.test(line);
  if (name === 'redis') return / # /.test(line);
  return /\[(warn|error|crit|alert|emerg)\]/.test(line) || / 5\d\d [\d.:-]+/.test(line);
}
