import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { INestApplicationContext } from '@nestjs/common';

import { armCrashPoint, CRASH_POINTS } from '../common/crash-point.js';
import { Clock } from '../timer-domain/clock/clock.js';
import { Ticker } from '../timer-domain/completions/ticker.js';

/**
 * What a test needs of a server that is another process: a Unix socket `control.sock` in `DATA_DIR`, there only with
 * METRONOME_TEST=1 (docs/spec/settings.md#settings; production refuses to start with it, the image is without this file).
 *
 * One JSON object per line, each answered by one line, `{"ok": true, ...}` or `{"ok": false, "error": "..."}`:
 *
 * - `{"do": "clock", "offsetMs": 60000}`: what the timers take for the database's clock goes so many milliseconds ahead of
 *   it. Kept in `DATA_DIR`, so that a killed server comes back with the time it had; 0 ends it.
 * - `{"do": "machine-clock", "offsetMs": 3000}`: this process's own clock (`Date`) is so far off; the timers should not
 *   notice (docs/architecture.md#whole-seconds).
 * - `{"do": "ticker", "held": true}`: nothing is completed by the ticker until `held` is false again.
 * - `{"do": "sweep"}`: completes what is due now, held or not → `completed`.
 * - `{"do": "crash", "point": "before-commit", "onPass": 3}`: the third time that somebody passes there, the process is
 *   gone (the points: common/crash-point.ts).
 * - `{"do": "now"}` → `now` and `uncertaintyMs` of the timers' clock, `machineNow`; milliseconds.
 *
 * Each server needs a `DATA_DIR` of its own, also with `DATABASE_URL`. Tests use `Control` (test/support/control.ts).
 */
export function openControlSocket(app: INestApplicationContext, dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'control.sock');
  rmSync(path, { force: true });
  const control = new Control(app.get(Clock), app.get(Ticker), join(dataDir, 'control-clock'));
  const server = createServer((socket) => {
    serve(socket, control);
  });
  server.listen(path, () => {
    chmodSync(path, 0o600);
  });
  server.unref();
}

function serve(socket: Socket, control: Control): void {
  socket.unref();
  socket.on('error', () => socket.destroy());
  createInterface({ input: socket }).on('line', (line) => {
    void answer(line, control).then((said) => socket.write(`${JSON.stringify(said)}\n`));
  });
}

async function answer(line: string, control: Control): Promise<object> {
  try {
    return { ok: true, ...(await control.carryOut(JSON.parse(line) as Order)) };
  } catch (error) {
    return { ok: false, error: (error as Error).message };
  }
}

interface Order {
  readonly do?: string;
  readonly offsetMs?: number;
  readonly held?: boolean;
  readonly point?: string;
  readonly onPass?: number;
}

/** Stands before the clock and the ticker; without it both are as production has them. */
class Control {
  private readonly databaseNow: () => number;
  private readonly sweep: () => Promise<number>;
  private offsetMs: number;
  private held = false;

  constructor(
    private readonly clock: Clock,
    ticker: Ticker,
    private readonly keptIn: string,
  ) {
    this.offsetMs = keptOffset(keptIn);
    this.databaseNow = clock.now.bind(clock);
    this.sweep = ticker.completeDue.bind(ticker);
    clock.now = () => this.databaseNow() + this.offsetMs;
    ticker.completeDue = () => (this.held ? Promise.resolve(0) : this.sweep());
  }

  async carryOut(order: Order): Promise<object> {
    switch (order.do) {
      case 'clock':
        return this.setClock(whole(order.offsetMs));
      case 'machine-clock':
        return setMachineClock(whole(order.offsetMs));
      case 'ticker':
        this.held = order.held === true;
        return { held: this.held };
      case 'sweep':
        return { completed: await this.sweep() };
      case 'crash':
        return arm(order);
      case 'now':
        return { now: this.clock.now(), uncertaintyMs: this.clock.uncertaintyMs, machineNow: Date.now() };
      default:
        throw new Error(`unknown order: ${JSON.stringify(order)}`);
    }
  }

  private setClock(offsetMs: number): object {
    this.offsetMs = offsetMs;
    writeFileSync(this.keptIn, String(offsetMs));
    return { offsetMs };
  }
}

const RealDate = Date;

/** `Date.now` and `new Date()`, as if somebody had set the machine's clock. */
function setMachineClock(offsetMs: number): object {
  const now = () => RealDate.now() + offsetMs;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, given: unknown[], newTarget) =>
      Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget) as Date,
    get: (target, key, receiver) => (key === 'now' ? now : (Reflect.get(target, key, receiver) as unknown)),
  });
  return { offsetMs };
}

function arm({ point, onPass }: Order): object {
  const known = CRASH_POINTS.find((name) => name === point);
  if (known === undefined) throw new Error(`unknown crash point: ${String(point)}`);
  armCrashPoint(known, whole(onPass ?? 1));
  return { point: known };
}

function whole(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new Error('a whole number is wanted');
  return value;
}

function keptOffset(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return 0;
  }
}
