import { connect, type Socket } from 'node:net';
import { join } from 'node:path';

import type { CrashPoint } from '../../src/common/crash-point.js';

/** The control socket of a server that runs with METRONOME_TEST=1 (src/testing/control-socket.ts says what it does). */
export class Control {
  constructor(private readonly dataDir: string) {}

  /** The timers' clock goes ahead of the database's, over restarts too. */
  async setClock(offsetMs: number): Promise<void> {
    await this.order({ do: 'clock', offsetMs });
  }

  /** The process's own clock is off; the timers' is not. */
  async setMachineClock(offsetMs: number): Promise<void> {
    await this.order({ do: 'machine-clock', offsetMs });
  }

  async holdTicker(held: boolean): Promise<void> {
    await this.order({ do: 'ticker', held });
  }

  /** Completes what is due now. @returns how many */
  async sweep(): Promise<number> {
    return (await this.order({ do: 'sweep' }))['completed'] as number;
  }

  /** The process is gone when somebody passes there for the `onPass`th time. */
  async armCrash(point: CrashPoint, onPass: number): Promise<void> {
    await this.order({ do: 'crash', point, onPass });
  }

  /** Milliseconds: the timers' clock, and the process's own. */
  async now(): Promise<{ now: number; machineNow: number; uncertaintyMs: number }> {
    return (await this.order({ do: 'now' })) as unknown as { now: number; machineNow: number; uncertaintyMs: number };
  }

  private async order(order: object): Promise<Record<string, unknown>> {
    const socket = connect(join(this.dataDir, 'control.sock'));
    try {
      socket.write(`${JSON.stringify(order)}\n`);
      const line = await answerOf(socket);
      const answer = JSON.parse(line) as Record<string, unknown>;
      if (answer['ok'] !== true) throw new Error(String(answer['error']));
      return answer;
    } finally {
      socket.destroy();
    }
  }
}

/** @throws when the server is gone before it answers */
function answerOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once('data', (line: Buffer) => {
      resolve(line.toString());
    });
    socket.once('error', reject);
    socket.once('close', () => {
      reject(new Error('the server is gone'));
    });
  });
}
