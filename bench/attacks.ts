import { once } from 'node:events';
import { WebSocket } from 'ws';

import { type Attack, attacksOn, type Victim } from './attacks/attacks.js';
import type { BystanderJob, HonestPerson } from './attacks/bystander.js';
import type { Answers, AttackerJob, Load } from './attacks/load.js';
import { type Side, type SideName, startOurs } from './sides.js';
import type { Bench, Benchmark } from './harness/benchmark.js';
import { resetPeak, peakMemory, settledMemory } from './harness/memory.js';
import { compare, type Details, type Result } from './harness/result.js';
import { inRounds } from './harness/rounds.js';
import { median, quantiles, rounded } from './harness/statistics.js';
import { WorkerProcess } from './harness/worker-process.js';
import { createRooms, HostConnection } from './rooms.js';
import { addTimers, signUp, type TimerOwner } from './timer-owners.js';

/** Honest users share one address. The attacker has a new one in every slot, so its limits are unused. */
const HONEST = 30;
const HONEST_ADDRESS = '127.0.0.2';
const ATTACKERS = 10;
const GUESSED_AT = 30;
const ROOMS = 20;
/** Of a room's session, whose history holds 1,000. */
const CHANGES = 900;
/** Of one address within the limits of rooms. */
const CHANGES_OF_ADDRESS = 300;
const WARM_UP_MS = 500;
const MEASURE_MS = 2_000;
/** docs/benchmarks.md#results. */
const TARGET = 1.1;
const MEBIBYTE = 1_048_576;
const UNMEASURED = { begins: () => undefined, ends: () => undefined };

/**
 * The effect of one attacking client on everybody else: the p99 of honest requests, socket commands and handshakes at a
 * steady rate during each attack, compared with harmless requests of the same client at the same rate, and the server's
 * memory before and after.
 */
export const attacks: Benchmark = { name: 'attacks', run };

interface Scene extends Side {
  readonly victim: Victim;
  readonly bystanders: WorkerProcess<BystanderJob, Float32Array>;
  readonly attacker: WorkerProcess<AttackerJob, Answers>;
}

async function* run(bench: Bench): AsyncGenerator<Result, void> {
  for (const name of namesOf(bench)) {
    const scene = await setUp(bench, name);
    try {
      const attack = attacksOn(scene.victim).find((one) => one.name === name);
      if (attack) yield* measureOne(bench, scene, attack);
    } finally {
      await Promise.all([scene.bystanders.stop(), scene.attacker.stop(), scene.server.stop()]);
    }
  }
}

/** `BENCH_ATTACKS`: a comma-separated list of names; all by default. */
function namesOf({ log }: Bench): string[] {
  const nothing = { roomId: '', otherRooms: [], tokens: [], revoked: '', emails: [], mark: '' };
  const known = attacksOn(nothing).map(({ name }) => name);
  const wanted = (process.env['BENCH_ATTACKS'] ?? '').split(',').filter(Boolean);
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`there is no attack ${unknown.join(', ')}; these are: ${known.join(', ')}`);
  log(`attacks: ${(wanted.length > 0 ? wanted : known).join(', ')}`);
  return wanted.length > 0 ? wanted : known;
}

/** A server with default limits, honest users and the attacker's accounts. */
async function setUp(bench: Bench, name: string): Promise<Scene> {
  const side = await startOurs(bench, `attack_${name.replaceAll(/\W+/g, '_')}`, { RATE_LIMIT_ENABLED: 'true' });
  const { server, databaseUrl } = side;
  const honest = await signUp(server, HONEST);
  const attackers = await signUp(server, ATTACKERS + 1, 'attacker');
  const [room, ...others] = await createRooms(server.port, ROOMS + 1);
  if (room === undefined) throw new Error('there is no room');
  const owners = await addTimers(databaseUrl, honest, 2);
  const line = new HostConnection(server.port);
  for (const one of [room, ...others]) await line.act(one, 'start');
  line.end();
  const victim = {
    roomId: room.id,
    otherRooms: others.map(({ id }) => id),
    tokens: attackers.slice(0, ATTACKERS).map(({ token }) => token),
    revoked: await revoke(server.port, attackers.at(-1)),
    emails: Array.from({ length: GUESSED_AT }, (_, index) => `bench-${index}@example.com`),
    mark: await missedBy(server.port, others),
  };
  const bystanders = new WorkerProcess<BystanderJob, Float32Array>(new URL('attacks/bystander.js', import.meta.url));
  const people = owners.map(honestPerson);
  await bystanders.run({ kind: 'open', port: server.port, address: HONEST_ADDRESS, people, room }, UNMEASURED);
  const attacker = new WorkerProcess<AttackerJob, Answers>(new URL('attacks/attacker.js', import.meta.url));
  return { ...side, victim, bystanders, attacker };
}

function honestPerson({ token, timerIds: [restTimer = '', socketTimer = ''] }: TimerOwner): HonestPerson {
  return { token, restTimer, socketTimer };
}

/** Ends the session of a token. @returns the token */
async function revoke(port: number, owner: TimerOwner | undefined): Promise<string> {
  const token = owner?.token ?? '';
  const headers = { Authorization: `Bearer ${token}` };
  await fetch(`http://127.0.0.1:${port}/v1/auth/logout`, { method: 'POST', headers });
  return token;
}

/** Changes the first of these rooms many times. @returns a mark from before the changes */
async function missedBy(port: number, [room]: Awaited<ReturnType<typeof createRooms>>): Promise<string> {
  if (room === undefined) throw new Error('there is no room');
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/room/${room.id}`);
  const [state] = (await once(socket, 'message')) as [Buffer];
  socket.terminate();
  for (let done = 0, line: HostConnection | undefined; done < CHANGES; done += 1) {
    const nth = done / CHANGES_OF_ADDRESS;
    if (Number.isInteger(nth)) line = new HostConnection(port, `127.0.0.${10 + nth}`);
    await line?.act(room, done % 2 === 0 ? 'pause' : 'resume');
    if (done % CHANGES_OF_ADDRESS === CHANGES_OF_ADDRESS - 1) line?.end();
  }
  return (JSON.parse(state.toString()) as { change_id: string }).change_id;
}

async function* measureOne(bench: Bench, scene: Scene, attack: Attack): AsyncGenerator<Result, void> {
  const { rounds, scale } = bench.effort;
  bench.log(`attacks: ${rounds} rounds of ${attack.name}`);
  const answers: Record<string, number> = {};
  const slot = (name: SideName) => () =>
    name === 'ours' ? beside(scene, attack.load, scale, answers) : beside(scene, attack.control, scale, {});
  await inRounds(1, { ours: slot('ours'), opponent: slot('opponent') });
  for (const key of Object.keys(answers)) answers[key] = 0;
  const before = await settledMemory(scene.server);
  resetPeak(scene.server);
  const { ours, opponent, failure } = await inRounds(rounds, { ours: slot('ours'), opponent: slot('opponent') });
  if (failure !== undefined) throw new Error(`during harmless requests: ${failure}`);
  const peak = peakMemory(scene.server);
  const after = await settledMemory(scene.server);
  const p99 = (slots: Float32Array[]) => slots.map((slotOf) => quantiles([slotOf], [0.99])[0] ?? NaN);
  yield compare({
    name: `bystander p99 during an attack: ${attack.name}`,
    unit: 'ms',
    better: 'lower',
    target: TARGET,
    ours: p99(ours),
    opponent: p99(opponent),
    details: {
      opponentIs: 'the same client with harmless requests at the same rate',
      ...spreadOf('ours', ours),
      ...spreadOf('opponent', opponent),
      ...said(answers),
    },
  });
  yield compare({
    name: `server memory after an attack: ${attack.name}`,
    unit: 'MiB',
    better: 'lower',
    target: TARGET,
    ours: [after / MEBIBYTE],
    opponent: [before / MEBIBYTE],
    details: { opponentIs: 'the same server before the attack', 'peak MiB': rounded(peak / MEBIBYTE) },
  });
}

/** Runs one slot. @throws Error when an honest request fails or the attacker receives a 5xx */
async function beside(
  { server, bystanders, attacker }: Scene,
  load: Load,
  scale: number,
  answers: Record<string, number>,
): Promise<Float32Array> {
  await attacker.run({ kind: 'prepare', port: server.port, address: newAddress(), load }, UNMEASURED);
  const warmUpMs = WARM_UP_MS * scale;
  const measureMs = MEASURE_MS * scale;
  const [latencies, got] = await Promise.all([
    bystanders.run({ kind: 'measure', warmUpMs, measureMs }, UNMEASURED),
    attacker.run({ kind: 'attack', forMs: warmUpMs + measureMs, warmUpMs }, UNMEASURED),
  ]);
  await attacker.run({ kind: 'clear' }, UNMEASURED);
  for (const [what, times] of Object.entries(got)) answers[what] = (answers[what] ?? 0) + times;
  const failed = Object.keys(got).filter((what) => /^5\d\d$/.test(what));
  if (failed.length > 0) throw new Error(`the attacker received ${failed.join(', ')}`);
  return latencies;
}

let addresses = 0;
/** A /24 of the loopback that was not used before. */
const newAddress = (): string => `127.${1 + Math.floor(addresses / 250)}.${addresses++ % 250}.1`;

function spreadOf(side: string, slots: readonly Float32Array[]): Details {
  const [p50 = NaN, greatest = NaN] = quantiles(slots, [0.5, 1]);
  return {
    [`${side} answers a slot`]: median(slots.map(({ length }) => length)),
    [`${side} p50 ms`]: rounded(p50),
    [`${side} greatest ms`]: rounded(greatest),
  };
}

const said = (answers: Record<string, number>): Details => ({
  'answers to the attacker': Object.entries(answers)
    .map(([what, times]) => `${what} × ${times}`)
    .join(', '),
});
