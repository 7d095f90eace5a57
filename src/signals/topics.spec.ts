import { activityTopic, idInTopic, roomTopic, timerTopic, userTopic } from './topics.js';

describe('topics', () => {
  it.each([
    ['user', userTopic('https://issuer.example/|a:b')],
    ['activity', activityTopic('https://issuer.example/|a:b')],
    ['room', roomTopic('https://issuer.example/|a:b')],
    ['timer', timerTopic('https://issuer.example/|a:b')],
  ] as const)('of a %s gives its id back, and no other kind’s', (kind, topic) => {
    expect(idInTopic(kind, topic)).toBe('https://issuer.example/|a:b');
    const others = (['user', 'activity', 'room', 'timer'] as const).filter((other) => other !== kind);
    expect(others.map((other) => idInTopic(other, topic))).toEqual([undefined, undefined, undefined]);
  });
});
