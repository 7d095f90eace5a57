import { randomBytes, randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import type { HttpCall, Load, Requests } from './load.js';

/** `BODY_MAX_BYTES` and `WS_MAX_FRAME_BYTES`, less what stands around the text. */
const BODY = 262_000;
const FRAME = 130_900;

/** What an attack works with. */
export interface Victim {
  /** The room that bystanders use. */
  readonly roomId: string;
  /** Rooms without honest users. */
  readonly otherRooms: readonly string[];
  /** Access tokens of accounts that the attacker made. */
  readonly tokens: readonly string[];
  /** One of theirs that has been revoked. */
  readonly revoked: string;
  /** Addresses of accounts. */
  readonly emails: readonly string[];
  /** A mark of the first of the other rooms, from before its many changes. */
  readonly mark: string;
}

/** An attack, and the control that takes the same share of the machine without harm. */
export interface Attack {
  readonly name: string;
  readonly load: Load;
  /** Harmless requests at the same rate. */
  readonly control: Load;
}

/** Every way in which one client could once block the server or fill its memory. */
export function attacksOn(victim: Victim): Attack[] {
  return [
    { name: 'wide bodies', ...asRequests(10, wideBodies()) },
    { name: 'wide frames', ...asFrames(40, fourSocketsOf(victim), WIDE_FRAMES) },
    { name: 'long lists', ...asRequests(10, longLists(victim)) },
    { name: 'legacy forms', ...asRequests(20, legacyForms()) },
    { name: 'unread missed changes', ...asFrames(40, twentySocketsOf(victim), syncs(victim), false) },
    { name: 'unread frames', ...asFrames(40, fourSocketsOf(victim), LONG_PINGS, false) },
    { name: 'anonymous joins', ...asRequests(50, joins(victim)) },
    { name: 'a full room', ...asHandshakes(15, `/ws/room/${victim.roomId}`) },
    { name: 'uncounted routes', ...asRequests(100, uncounted(victim)) },
    { name: 'password guesses', ...asRequests(20, guesses(victim)) },
    { name: 'spellings of zones', ...asRequests(50, zones(victim)) },
    { name: 'plain connections', load: { kind: 'connections', perSecond: 500 }, control: harmless(500) },
    { name: 'mass disconnect', ...asCut(victim) },
  ];
}

type Sides = Pick<Attack, 'load' | 'control'>;

const asRequests = (perSecond: number, calls: readonly HttpCall[]): Sides => ({
  load: { kind: 'requests', perSecond, calls },
  control: harmless(perSecond),
});

function asFrames(perSecond: number, sockets: readonly string[], texts: readonly string[], reads = true): Sides {
  const frames = { kind: 'frames', perSecond, sockets, reads } as const;
  return { load: { ...frames, texts }, control: { ...frames, texts: ['{"action":"ping"}'], reads: true } };
}

const asHandshakes = (perSecond: number, path: string): Sides => ({
  load: { kind: 'handshakes', perSecond, path },
  control: harmless(perSecond),
});

/** A thousand guests of twenty rooms. */
function asCut({ otherRooms }: Victim): Sides {
  const sockets = otherRooms.flatMap((id) => Array.from({ length: 50 }, () => `/ws/room/${id}`));
  return { load: { kind: 'cut', sockets }, control: { kind: 'cut', sockets, instead: harmless(300) } };
}

const harmless = (perSecond: number): Requests => ({
  ...{ kind: 'requests', perSecond, calls: [{ method: 'GET', path: '/health' }] },
});

const JSON_TYPE = { 'Content-Type': 'application/json' };
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

/** The inside of a list or an object, up to the size limit. */
function filled(max: number, part: (index: number) => string): string {
  const parts: string[] = [];
  for (let index = 0, length = 0; length < max - 100; index += 1) length += (parts[index] = part(index)).length + 1;
  return parts.join(',');
}
const manyKeys = (max: number): string => filled(max, (index) => `"k${index}":0`);

const zippedJson = (method: string, path: string, text: string, headers = {}): HttpCall => ({
  ...{ method, path, headers: { ...JSON_TYPE, 'Content-Encoding': 'gzip', ...headers }, body: gzipSync(text) },
});
const json = (method: string, path: string, value: object, headers = {}): HttpCall => ({
  ...{ method, path, headers: { ...JSON_TYPE, ...headers }, body: Buffer.from(JSON.stringify(value)) },
});

function wideBodies(): HttpCall[] {
  const text = `{${manyKeys(BODY)}}`;
  return ['/v1/auth/refresh', '/v1/auth/login', '/api/v1/rooms'].map((path) => zippedJson('POST', path, text));
}

function longLists({ tokens }: Victim): HttpCall[] {
  return tokens.flatMap((token) => {
    const tags = `{"allocated_duration":60,"tag_ids":[${filled(BODY, () => `"${randomUUID()}"`)}]}`;
    const goals = `{"name":"g","color":"#ffffff","goal_ratios":{${manyKeys(BODY)}}}`;
    const segments = `{"segments":[${filled(BODY, () => '{"start":1,"end":2}')}]}`;
    return [
      zippedJson('POST', '/v1/timers', tags, bearer(token)),
      zippedJson('POST', '/v1/tags/groups', goals, bearer(token)),
      zippedJson('POST', '/v1/timers/manual', segments, bearer(token)),
    ];
  });
}

const WIDE_FRAMES = [
  `{"action":"start_timer",${manyKeys(FRAME)}}`,
  `{"action":"start_timer","data":{${manyKeys(FRAME)}}}`,
];
/** Pings as long as a frame may be, and short ones. */
const LONG_PINGS = [JSON.stringify({ action: 'ping', sent_at: 'x'.repeat(FRAME) }), '{"action":"ping"}'];

/** Anonymous sockets of the attacker's own rooms. */
const fourSocketsOf = ({ otherRooms }: Victim): string[] => Array<string>(4).fill(`/ws/room/${otherRooms[1] ?? ''}`);
const twentySocketsOf = ({ otherRooms }: Victim): string[] => Array<string>(20).fill(`/ws/room/${otherRooms[0] ?? ''}`);

const syncs = ({ mark }: Victim): string[] =>
  [mark, mark + '='.repeat(10_000)].map((since) => JSON.stringify({ action: 'sync_timer', data: { since } }));

function legacyForms(): HttpCall[] {
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Encoding': 'gzip' };
  const body = gzipSync('a&'.repeat(131_000));
  return ['/v1/user/token/', '/v1/user/manage/signin/'].map((path) => ({ method: 'POST', path, headers, body }));
}

const joins = ({ roomId }: Victim): HttpCall[] => [
  json('POST', `/api/v1/rooms/${roomId}/participants`, { participant_name: 'Nobody' }),
];

function uncounted({ roomId, revoked }: Victim): HttpCall[] {
  const token = () => ({ Authorization: `Token ${randomBytes(20).toString('hex')}` });
  return Array.from({ length: 200 }, () => [
    { method: 'GET', path: `/room/${roomId}`, headers: { Accept: 'application/json' } },
    { method: 'GET', path: '/health/ready' },
    { method: 'GET', path: '/v1/user/info/manage/basic/checktoken/', headers: token() },
    { method: 'GET', path: '/v1/users/me', headers: bearer(revoked) },
    { method: 'GET', path: '/openapi.json' },
  ]).flat();
}

function guesses({ emails, tokens }: Victim): HttpCall[] {
  const password = 'a wrong guess';
  return emails.flatMap((email, index) => [
    json('POST', '/v1/auth/login', { email, password }),
    json('DELETE', '/v1/users/me', { password }, bearer(tokens[index % tokens.length] ?? '')),
    json(...(['DELETE', '/v1/users/me', { password }] as const), {
      ...bearer(tokens[index % tokens.length] ?? ''),
      'Idempotency-Key': `guess ${index}`,
    }),
  ]);
}

/** One zone in 2,000 spellings. */
function zones({ tokens }: Victim): HttpCall[] {
  const letters = Array.from('America/Argentina/ComodRivadavia');
  return Array.from({ length: 2_000 }, (_, index) => {
    const spelt = letters.map((letter, at) => ((index >> (at % 11)) & 1 ? letter.toUpperCase() : letter.toLowerCase()));
    const path = `/v1/timers/active?timezone=${encodeURIComponent(spelt.join(''))}`;
    return { method: 'GET', path, headers: bearer(tokens[index % tokens.length] ?? '') };
  });
}
