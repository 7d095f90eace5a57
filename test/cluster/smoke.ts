import { WebSocket } from 'ws';

import { until } from '../support/server.js';
import type { Json } from './commands.js';

/** Resolves when the watching device has heard of so many changes. */
type Heard = (count: number) => Promise<void>;

/** One person's devices on two instances: what is begun on one goes on on the other, in every generation. */
export async function smokeTest(one: string, other: string, email: string): Promise<void> {
  const body = { email, password: 'correct horse', display_name: 'Smoke' };
  const { access_token: token } = await call(one, 'POST', '/v1/auth/signup', {}, body);
  const bearer = { authorization: `Bearer ${String(token)}` };
  const frames = await listen(other, String(token));
  const actions = () => frames.filter(({ type }) => /^timer\.(created|updated)$/.test(String(type))).map(actionOf);
  const heard: Heard = (count) =>
    until(
      () => actions().length >= count,
      5_000,
      () => JSON.stringify(actions()),
    );
  await legacy(one, other, bearer, heard);
  await v1(one, other, bearer, heard);
  await bySocket(one, other, String(token), bearer);
  await heard(8);
  expect(actions()).toEqual(['start', 'stop', 'start', 'pause', 'resume', 'stop', 'start', 'pause']);
}

const actionOf = ({ payload }: Json): unknown => (payload as Json)['action'];

async function legacy(one: string, other: string, bearer: Record<string, string>, heard: Heard): Promise<void> {
  const { token } = await call(one, 'POST', '/v1/auth/legacy-tokens', bearer, { name: 'phone' });
  const headers = { authorization: `Token ${String(token)}` };
  await call(one, 'POST', '/v1/user/timer/start/', headers, { title: 'Maths' });
  await heard(1);
  await call(other, 'POST', '/v1/user/timer/stop/', headers);
}

async function v1(one: string, other: string, bearer: Record<string, string>, heard: Heard): Promise<void> {
  const { id } = await call(one, 'POST', '/v1/timers', bearer, { allocated_duration: 1_500 });
  await heard(3);
  const path = `/v1/timers/${String(id)}`;
  expect(await call(other, 'PATCH', `${path}/pause`, bearer)).toMatchObject({ status: 'PAUSED', revision: 2 });
  expect(await call(one, 'PATCH', `${path}/resume`, bearer)).toMatchObject({ status: 'RUNNING', revision: 3 });
  expect(await call(other, 'POST', `${path}/stop`, bearer)).toMatchObject({ status: 'COMPLETED', revision: 4 });
}

async function bySocket(one: string, other: string, token: string, bearer: Record<string, string>): Promise<void> {
  const { id } = await call(other, 'POST', '/v1/timers', bearer, { allocated_duration: 60 });
  const frames = await listen(one, token, { type: 'timer.pause', payload: { timer_id: id }, id: 'pause' });
  await until(() => frames.some((frame) => frame['id'] === 'pause'), 5_000);
  expect(frames.find((frame) => frame['id'] === 'pause')).toMatchObject({ type: 'timer.updated' });
}

const sockets: WebSocket[] = [];

export function hangUpSmoke(): void {
  for (const socket of sockets.splice(0)) socket.terminate();
}

/** Resolves when the state has been told. @returns every frame, as they come */
async function listen(url: string, token: string, say?: Json): Promise<Json[]> {
  const frames: Json[] = [];
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws/timers?token=${token}`);
  sockets.push(socket);
  socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString()) as Json));
  await until(() => frames.some(({ type }) => type === 'timer.sync_result'), 5_000);
  if (say) socket.send(JSON.stringify(say));
  return frames;
}

async function call(
  url: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: Json,
): Promise<Json> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as Json;
}
