import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

import { serveJobs } from '../harness/serve-jobs.js';

/** An honest user with two running timers. */
export interface HonestPerson {
  readonly token: string;
  /** Paused and resumed over REST, and read. */
  readonly restTimer: string;
  /** Paused and resumed on the socket. */
  readonly socketTimer: string;
}

/** Opens the sockets of these users. */
export interface OpenBystanders {
  readonly kind: 'open';
  readonly port: number;
  readonly address: string;
  readonly people: readonly HonestPerson[];
  /** The room that is attacked, with a session that runs. */
  readonly room: { readonly id: string; readonly hostToken: string };
}

/** Works for both durations; the second is measured. */
export interface MeasureBystanders {
  readonly kind: 'measure';
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export type BystanderJob = OpenBystanders | MeasureBystanders;

const TURN_MS = 2;
const WITHIN_MS = 20_000;

/** An action that repeats; it does not overlap with itself. */
interface Habit {
  readonly everyMs: number;
  readonly act: () => Promise<void>;
  due: number;
  busy: boolean;
}

const agent = new Agent({ keepAlive: true });
let target = { port: 0, address: '' };
let habits: Habit[] = [];
let latencies: number[] = [];
let failures: Error[] = [];

serveJobs(async (given) => {
  const job = given as BystanderJob;
  if (job.kind === 'open') return open(job);
  return measure(job);
});

async function open({ port, address, people, room }: OpenBystanders): Promise<void> {
  target = { port, address };
  habits = [hostCommands(room), hostEntrances(room)];
  for (const person of people) {
    const socket = connectTo('/v1/ws/timers', [`authorization.bearer.${person.token}`]);
    await once(socket, 'open');
    habits.push(...habitsOf(person, socket));
  }
}

/** @returns milliseconds of each measured request, socket command and handshake */
async function measure({ warmUpMs, measureMs }: MeasureBystanders): Promise<Float32Array> {
  const began = performance.now();
  failures = [];
  // Spreads the actions over their periods.
  for (const habit of habits) habit.due = began + Math.random() * habit.everyMs;
  let from = -1;
  for (let now = began; now < began + warmUpMs + measureMs; now = performance.now()) {
    if (from < 0 && now >= began + warmUpMs) [from, latencies] = [now, []];
    for (const habit of habits) if (now >= habit.due && !habit.busy) void perform(habit, now);
    await sleep(TURN_MS);
  }
  const deadline = performance.now() + WITHIN_MS;
  while (habits.some(({ busy }) => busy)) {
    if (performance.now() > deadline) throw new Error('honest calls were not answered');
    await sleep(TURN_MS);
  }
  const [failure] = failures;
  if (failure) throw failure;
  return Float32Array.from(latencies);
}

async function perform(habit: Habit, now: number): Promise<void> {
  [habit.busy, habit.due] = [true, Math.max(habit.due + habit.everyMs, now)];
  const began = performance.now();
  try {
    await habit.act();
    latencies.push(performance.now() - began);
  } catch (error) {
    failures.push(error as Error);
  }
  habit.busy = false;
}

const habit = (perSecond: number, act: () => Promise<void>): Habit => ({
  ...{ everyMs: 1_000 / perSecond, act, due: 0, busy: false },
});

/** Below the limits of a user: 600 reads and 120 writes a minute. */
function habitsOf({ token, restTimer, socketTimer }: HonestPerson, socket: WebSocket): Habit[] {
  const headers = { Authorization: `Bearer ${token}` };
  let [restRuns, socketRuns] = [true, true];
  return [
    habit(3, () => call('GET', `/v1/timers/${restTimer}`, headers)),
    habit(1.5, async () => {
      await call('PATCH', `/v1/timers/${restTimer}/${restRuns ? 'pause' : 'resume'}`, headers);
      restRuns = !restRuns;
    }),
    habit(4, async () => {
      const type = socketRuns ? 'timer.pause' : 'timer.resume';
      await say(socket, { type, payload: { timer_id: socketTimer }, id: type });
      socketRuns = !socketRuns;
    }),
  ];
}

/** The host of the attacked room pauses and resumes its timer. */
function hostCommands({ id, hostToken }: OpenBystanders['room']): Habit {
  let runs = true;
  return habit(4, async () => {
    const path = `/api/v1/rooms/${id}/timer/${runs ? 'pause' : 'resume'}`;
    await call('POST', path, { 'X-Host-Token': hostToken });
    runs = !runs;
  });
}

/** The host enters the room, however full it is. */
function hostEntrances({ id, hostToken }: OpenBystanders['room']): Habit {
  return habit(1, async () => {
    const socket = connectTo(`/ws/room/${id}`, [`host.${hostToken}`]);
    await once(socket, 'message');
    socket.close();
    await once(socket, 'close');
  });
}

function connectTo(path: string, protocols: string[]): WebSocket {
  const { port, address: localAddress } = target;
  return new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { localAddress, perMessageDeflate: false });
}

/** @throws Error for any answer but 200 */
function call(method: string, path: string, headers: Readonly<Record<string, string>>): Promise<void> {
  const { port, address: localAddress } = target;
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, localAddress, agent, method, path, headers };
    const sent = request(options, (response) => {
      const { statusCode } = response;
      response.resume().on('end', () => {
        if (statusCode === 200) resolve();
        else reject(new Error(`an honest ${method} ${path} was answered ${String(statusCode)}`));
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** @throws Error when the command is refused */
function say(socket: WebSocket, frame: { readonly id: string; readonly type: string; readonly payload: object }) {
  const answer = new Promise<void>((resolve, reject) => {
    const heard = (data: Buffer): void => {
      const text = data.toString('latin1');
      if (!text.includes(`"id":"${frame.id}"`)) return;
      socket.off('message', heard);
      if (text.includes('"error"')) reject(new Error(`an honest frame was answered ${text}`));
      else resolve();
    };
    socket.on('message', heard);
  });
  socket.send(JSON.stringify(frame));
  return answer;
}
