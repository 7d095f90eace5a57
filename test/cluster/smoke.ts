import { WebSocket } from 'ws';

import { until } from '../support/server.js';
import type { Json } from './commands.js';

/** One person's devices on two instances: what is begun on one goes on on the other, in every generation. */
export async function smokeTest(one: string, other: string, email: string): Promise<void> {
  const body = { email, password: 'correct horse', display_name: 'Smoke' };
  const { access_token: token } = await call(one, 'POST', '/v1/auth/signup', {}, body);
  const bearer = { authorization: `Bearer ${String(token)}` };
  const frames = await listen(other, String(token));
  await legacy(one, other, bearer);
  await v1(one, other, bearer);
  await bySocket(one, other, String(token), bearer);
  const heard = () => frames.filter(({ type }) => /^timer\.(created|updated)$/.test(String(type))).map(actionOf);
  const expected = ['start', 'stop', 'start', 'pause', 'resume', 'stop', 'start', 'pause'];
  await until(
    () => heard().length >= expected.length,
    5_000,
    () => JSON.stringify(heard()),
  );
  expect(heard()).toEqual(expected);
}

const actionOf = ({ payload }: Json): unknown => (payload as Json)['action'];

async function legacy(one: string, other: string, bearer: Record<string, string>): Promise<void> {
  const { token } = await call(one, 'POST', '/v1/auth/legacy-tokens', bearer, { name: 'phone' });
  const headers = { authorization: `Token ${String(token)}` };
  await call(one, 'POST', '/v1/user/timer/start/', headers, { title: 'Maths' });
  await call(other, 'POST', '/v1/user/timer/stop/', headers);
}

async function v1(one: string, other: string, bearer: Record<string, string>): Promise<void> {
  const { id } = await call(one, 'POST', '/v1/timers', bearer, { allocated_duration: 1_500 });
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
