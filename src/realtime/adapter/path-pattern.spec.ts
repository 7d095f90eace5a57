import { pathPattern } from './path-pattern.js';

const room = pathPattern('/ws/room/:room_id');
const timers = pathPattern('/v1/ws/timers');

it.each([
  ['/v1/ws/timers', {}],
  ['/v1/ws/timers/', {}],
  ['/v1/ws/timers//', undefined],
  ['/v1/ws/timersx', undefined],
  ['/v1/ws/timers/x', undefined],
  ['/x/v1/ws/timers', undefined],
  ['/V1/ws/timers', undefined],
])('%s of a fixed path: %j', (path, params) => {
  expect(timers(path)).toEqual(params);
});

it.each([
  ['/ws/room/abc', { room_id: 'abc' }],
  ['/ws/room/abc/', { room_id: 'abc' }],
  ['/ws/room/a%20b', { room_id: 'a b' }],
  ['/ws/room/a%2Fb', { room_id: 'a/b' }],
  ['/ws/room/%', { room_id: '%' }],
  ['/ws/room/%E0%A4%A', { room_id: '%E0%A4%A' }],
  ['/ws/room/', undefined],
  ['/ws/room', undefined],
  ['/ws/room/a/b', undefined],
])('%s of a path with a part: %j', (path, params) => {
  expect(room(path)).toEqual(params);
});
