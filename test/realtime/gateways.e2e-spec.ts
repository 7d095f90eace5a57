import type { Type } from '@nestjs/common';

import { type Meaning, MEANINGS } from '../../src/realtime/dialects/decode-command.js';
import type { Endpoint } from '../../src/realtime/messages.js';
import { MemberRoomsGateway } from '../../src/rooms/socket/member-rooms-gateway.js';
import { RoomGateway } from '../../src/rooms/socket/room-gateway.js';
import { PersonalGateway } from '../../src/v1/socket/personal-gateway.js';

/** Patterns of the `@SubscribeMessage()`s of these gateways, which serve one path. */
function subscribed(...gateways: readonly Type[]): string[] {
  return gateways.flatMap(({ prototype }) => {
    const methods = Object.values(Object.getOwnPropertyDescriptors(prototype)).map(({ value }) => value as object);
    return methods.flatMap((method) => (Reflect.getMetadata('message', method) as string | undefined) ?? []);
  });
}

/** Patterns of every command that has a meaning on this socket. */
function meant(endpoint: Endpoint): string[] {
  const patterns = Object.values<Meaning>(MEANINGS).flatMap(({ user, room, connection, endpoints }) => [
    ...(user && endpoint === 'personal' ? [`user.${user}`] : []),
    ...(room ? [`room.${room}`] : []),
    ...(connection && endpoints?.includes(endpoint) ? [connection] : []),
  ]);
  return [...new Set(patterns)];
}

it('every command has one handler on the personal socket, and no handler is without a command', () => {
  expect(subscribed(PersonalGateway, MemberRoomsGateway).sort()).toEqual(meant('personal').sort());
});

it('every command has one handler on the room socket, and no handler is without a command', () => {
  expect(subscribed(RoomGateway).sort()).toEqual(meant('room').sort());
});
