import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { INestApplicationContext } from '@nestjs/common';

import { armCrashPoint, CRASH_POINTS } from '../common/crash-point.js';
import { Clock } from '../timer-domain/clock/clock.js';
import { Ticker } from '../timer-domain/completions/ticker.js';

/**
 * Lets a test control a server in another process through the Unix socket `control.sock` in `DATA_DIR`. It exists only
 * with METRONOME_TEST=1 (docs/spec/settings.md#settings). Production refuses to start with that setting, and the image
 * does not contain this file.
 *
 * Each line is a JSON object and gets one line in reply, `{"ok": true, ...}` or `{"ok": false, "error": "..."}`:
 *
 * - `{"do": "clock", "offsetMs": 60000}`: sets the timers' clock ahead of the database's by this many milliseconds. The
 *   offset is stored in `DATA_DIR`, so that a killed server restarts with the same time; 0 resets it.
 * - `{"do": "machine-clock", "offsetMs": 3000}`: shifts this process's clock (`Date`); it should not affect the timers
 *   (docs/architecture.md#whole-seconds).
 * - `{"do": "ticker", "held": true}`: the ticker completes nothing until `held` is false again.
 * - `{"do": "sweep"}`: completes everything that is due, even while the ticker is held → `completed`.
 * - `{"do": "crash", "point": "before-commit", "onPass": 3}`: kills the process at the third pass of this point (the
 *   points: common/crash-point.ts).
 * - `{"do": "now"}` → `now` and `uncertaintyMs` of the timers' clock, `machineNow`; milliseconds.
 *
 * Each server needs its own `DATA_DIR`, also with `DATABASE_URL`. Tests use `Control` (test/support/control.ts).
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

/** Overrides the methods of the clock and the ticker. Without it, both work as in production. */
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

/** Shifts `Date.now` and `new Date()`, as if the machine's clock had been set. */
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
