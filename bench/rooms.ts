import { setTimeout as sleep } from 'node:timers/promises';

import { withClient } from './frame/cluster.js';

/** A room as its host knows it. */
export interface HostedRoom {
  readonly id: string;
  readonly hostToken: string;
}

/** New rooms, made as a client makes them. */
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

/** Resolves when so many are in their rooms: each newcomer is announced there, which takes a moment. */
export async function everybodyIn(databaseUrl: string, count: number): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    for (let tries = 0; tries < 300; tries += 1) {
      const { rows } = await client.query<{ here: number }>('SELECT count(*)::int AS here FROM room_presence');
      if (rows[0]?.here === count) return;
      await sleep(100);
    }
    throw new Error('not everybody came into their room');
  });
}

/** What a host may do with the room's timer. */
export type RoomVerb = 'start' | 'pause' | 'resume';

/** @throws Error unless it is done */
export async function act(port: number, { id, hostToken }: HostedRoom, verb: RoomVerb): Promise<void> {
  const url = `http://127.0.0.1:${port}/api/v1/rooms/${id}/timer/${verb}`;
  const response = await fetch(url, { method: 'POST', headers: { 'X-Host-Token': hostToken } });
  if (!response.ok) throw new Error(`${verb} was answered ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}
