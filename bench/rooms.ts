import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { withClient } from './harness/postgres.js';

/** A room and its host token. */
export interface HostedRoom {
  readonly id: string;
  readonly hostToken: string;
}

/** Creates rooms through the API. */
export async function createRooms(port: number, count: number): Promise<HostedRoom[]> {
  const rooms: HostedRoom[] = [];
  for (let number = 0; number < count; number += 1) rooms.push(await createRoom(port, `bench-${number}`));
  return rooms;
}

async function createRoom(port: number, name: string): Promise<HostedRoom> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/rooms`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ room_name: name }),
  });
  const { data } = (await response.json()) as { data: { room_id: string; host_token: string } };
  return { id: data.room_id, hostToken: data.host_token };
}

/** Resolves when this many participants are in these rooms; each join is broadcast, which takes a moment. */
export async function waitForJoins(databaseUrl: string, roomIds: readonly string[], count: number): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    for (let tries = 0; tries < 300; tries += 1) {
      const text = 'SELECT count(*)::int AS here FROM room_presence WHERE room_id = ANY ($1)';
      const { rows } = await client.query<{ here: number }>(text, [roomIds]);
      if (rows[0]?.here === count) return;
      await sleep(100);
    }
    throw new Error('not every participant joined its room');
  });
}

/** A host's timer commands. */
export type RoomVerb = 'start' | 'pause' | 'resume' | 'reset';

/**
 * A connection on which hosts send their commands. It encodes requests in advance and reads only the status of
 * responses, because they arrive while deliveries are measured and the client must not be the bottleneck.
 */
export class HostConnection {
  private readonly socket: Socket;
  private last: Promise<unknown> = Promise.resolve();

  /** @param localAddress where it comes from */
  constructor(port: number, localAddress = '127.0.0.1') {
    this.socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true });
  }

  /** Commands run one after the other. @throws Error unless the command succeeds */
  act(room: HostedRoom, verb: RoomVerb): Promise<void> {
    const acted = this.last.then(() => this.send(room, verb));
    this.last = acted.catch(() => undefined);
    return acted;
  }

  end(): void {
    this.socket.end();
  }

  private async send({ id, hostToken }: HostedRoom, verb: RoomVerb): Promise<void> {
    const head = [`POST /api/v1/rooms/${id}/timer/${verb} HTTP/1.1`, 'Host: 127.0.0.1', `X-Host-Token: ${hostToken}`];
    this.socket.write([...head, 'Content-Length: 0', '', ''].join('\r\n'));
    const [answer] = (await once(this.socket, 'data')) as [Buffer];
    const status = answer.toString('latin1', 9, 12);
    if (status !== '200') throw new Error(`${verb} failed: ${answer.toString()}`);
  }
}
