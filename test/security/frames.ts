import { randomUUID } from 'node:crypto';

import type { Frame } from '../support/sockets.js';
import type { Kind, Role, World } from './world.js';

export interface FrameRow {
  /** What answers it, in the order of `ROLES`: a frame's name, an error's code, a close code, or the refused handshake's status. */
  readonly answers: string;
  readonly about: string;
  readonly say: (world: World, role: Role) => Promise<Frame> | Frame;
}

const row = (answers: string, about: string, say: FrameRow['say']): FrameRow => ({ answers, about, say });

/** Personal sockets are for accounts: who shows none is refused the handshake. */
const personal = (answers: string, about: string, say: FrameRow['say']) => row(`${answers} 401 401 401`, about, say);
const ownersAlone = (answer: string, code: string, about: string, say: FrameRow['say']) =>
  personal(`${answer} ${`${code} `.repeat(4).trim()}`, about, say);
const everybody = (answer: string, about: string, say: FrameRow['say']) =>
  row(`${answer} `.repeat(8).trim(), about, say);

const of =
  (type: string, kind: Kind): FrameRow['say'] =>
  async (world, role) => {
    const id = await world.aim(kind, role);
    if (type === 'timer.resume' && role === 'owner') await world.do('PATCH', `/v1/timers/${id}/pause`);
    return { type, payload: { timer_id: id } };
  };

const withSchedule =
  (frame: (payload: Frame) => Frame): FrameRow['say'] =>
  async (world, role) =>
    frame({ allocated_duration: 60, schedule_id: await world.aim('schedule', role) });

/** The room's clock is where the verb works. */
async function readied(world: World, role: Role, verb: string): Promise<void> {
  if (role !== 'owner' && role !== 'host') return;
  const path = `/api/v1/rooms/${world.room.id}/timer`;
  await world.do('POST', `${path}/reset`);
  if (verb !== 'start') await world.do('POST', `${path}/start`);
  if (verb === 'resume') await world.do('POST', `${path}/pause`);
}

const inRoom =
  (verb: string): FrameRow['say'] =>
  async (world, role) => {
    await readied(world, role, verb);
    return { type: `timer.${verb}`, payload: { room_id: world.room.id } };
  };

const onRoom =
  (verb: string): FrameRow['say'] =>
  async (world, role) => {
    await readied(world, role, verb);
    return { action: `${verb}_timer`, data: {} };
  };

const controlled = (verb: string) =>
  row(
    'timer_update FORBIDDEN FORBIDDEN FORBIDDEN FORBIDDEN FORBIDDEN timer_update FORBIDDEN',
    'a room whose host controls it',
    onRoom(verb),
  );
const notHere = (action: string) => everybody('INVALID_ACTION', 'no word of rooms', () => ({ action, data: {} }));
const ownersToken = (frame: (token: string) => Frame): FrameRow['say'] => {
  return ({ people }) => frame(people.owner.access_token);
};

/**
 * Every word of the vocabulary on both kinds of socket, and what it is answered; the key is the socket and the meaning
 * (src/realtime/dialects/decode-command.ts), with what it is aimed at where there are two.
 */
export const FRAMES: Readonly<Record<string, FrameRow>> = {
  'personal start': ownersAlone(
    'timer_update',
    'CREATE_FAILED',
    'with a schedule of the owner',
    withSchedule((data) => ({ action: 'start_timer', data })),
  ),
  'personal startOwn': ownersAlone(
    'timer.created',
    'CREATE_FAILED',
    'with a schedule of the owner',
    withSchedule((payload) => ({ type: 'timer.create', payload })),
  ),
  'personal pause': ownersAlone('timer.updated', 'PAUSE_FAILED', 'a timer of the owner', of('timer.pause', 'timer')),
  'personal resume': ownersAlone('timer.updated', 'RESUME_FAILED', 'a timer of the owner', of('timer.resume', 'timer')),
  'personal stop': ownersAlone('timer.updated', 'STOP_FAILED', 'a timer of the owner', of('timer.stop', 'timer')),
  'personal cancel': ownersAlone('timer.updated', 'CANCEL_FAILED', 'a timer of the owner', of('timer.cancel', 'timer')),
  'personal sync': personal(
    'timer.updated SYNC_FAILED timer.updated SYNC_FAILED SYNC_FAILED',
    'a timer of the owner',
    of('timer.sync', 'timer'),
  ),
  'personal ping': personal('pong pong pong pong pong', 'nothing', () => ({ type: 'ping' })),
  'personal leaveRoom (not there)': personal('ROOM_NOT_FOUND '.repeat(5).trim(), 'a room that they are not in', () => ({
    type: 'room.leave',
    payload: { room_id: randomUUID() },
  })),
  'personal startRoom (not there)': personal(
    'ROOM_NOT_FOUND '.repeat(5).trim(),
    'the owner’s room, without entering it',
    inRoom('start'),
  ),
  'personal joinRoom': personal(
    'room.joined room.joined room.joined room.joined room.joined',
    'the owner’s room',
    ({ room }) => ({ type: 'room.join', payload: { room_id: room.id } }),
  ),
  'personal startRoom': ownersAlone('timer.updated', 'FORBIDDEN', 'a room whose host controls it', inRoom('start')),
  'personal pause (room)': ownersAlone('timer.updated', 'FORBIDDEN', 'a room whose host controls it', inRoom('pause')),
  'personal resume (room)': ownersAlone(
    'timer.updated',
    'FORBIDDEN',
    'a room whose host controls it',
    inRoom('resume'),
  ),
  'personal reset': ownersAlone('timer.updated', 'FORBIDDEN', 'a room whose host controls it', inRoom('reset')),
  'personal leaveRoom': personal(
    'room.left room.left room.left room.left room.left',
    'the owner’s room',
    ({ room }) => ({ type: 'room.leave', payload: { room_id: room.id } }),
  ),
  'personal renewAuth': ownersAlone(
    'auth.renewed',
    '1008',
    'the owner’s token',
    ownersToken((token) => ({ type: 'auth.renew', payload: { token } })),
  ),

  'room start': controlled('start'),
  'room startRoom': row(
    'timer.updated FORBIDDEN FORBIDDEN FORBIDDEN FORBIDDEN FORBIDDEN timer.updated FORBIDDEN',
    'a room whose host controls it',
    async (world, role) => {
      await readied(world, role, 'start');
      return { type: 'timer.start', payload: {} };
    },
  ),
  'room pause': controlled('pause'),
  'room resume': controlled('resume'),
  'room reset': controlled('reset'),
  'room sync': everybody('timer_update', 'the room', () => ({ action: 'sync_timer', data: {} })),
  'room ping': everybody('pong', 'nothing', () => ({ action: 'ping' })),
  'room startOwn': everybody('UNKNOWN_TYPE', 'no word of rooms', () => ({ type: 'timer.create', payload: {} })),
  'room stop': notHere('stop_timer'),
  'room cancel': notHere('cancel_timer'),
  'room joinRoom': notHere('join_room'),
  'room leaveRoom': notHere('leave_room'),
  'room renewAuth': row(
    'auth_renewed 4401 4401 4401 4401 4401 4401 4401',
    'the owner’s token',
    ownersToken((token) => ({ action: 'renew_auth', data: { token } })),
  ),
};
