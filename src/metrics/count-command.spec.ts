import { register } from 'prom-client';

import { countRequestedCommand, countSocketCommand } from './count-command.js';

const counted = async () =>
  (await register.metrics()).split('\n').filter((line) => line.startsWith('metronome_commands_total{'));

describe('commands', () => {
  it('are counted by kind, generation and result', async () => {
    countRequestedCommand({ method: 'POST', route: '/v1/user/timer/start', status: 200 });
    countRequestedCommand({ method: 'POST', route: '/v1/timers', status: 201 });
    countRequestedCommand({ method: 'PATCH', route: '/v1/timers/:id/pause', status: 400 });
    countRequestedCommand({ method: 'POST', route: '/api/v1/rooms/:room_id/timer/reset', status: 503 });
    countSocketCommand('pause', 'rooms', 'done');
    expect(await counted()).toEqual([
      'metronome_commands_total{kind="start",generation="legacy",result="done"} 1',
      'metronome_commands_total{kind="start",generation="v1",result="done"} 1',
      'metronome_commands_total{kind="pause",generation="v1",result="refused"} 1',
      'metronome_commands_total{kind="reset",generation="rooms",result="unavailable"} 1',
      'metronome_commands_total{kind="pause",generation="rooms",result="done"} 1',
    ]);
  });

  it('are nothing else: lists, pings and unknown paths', async () => {
    const before = await counted();
    countRequestedCommand({ method: 'GET', route: '/v1/timers', status: 200 });
    countRequestedCommand({ method: 'GET', route: null, status: 404 });
    countSocketCommand('ping', 'v1', 'done');
    expect(await counted()).toEqual(before);
  });
});
