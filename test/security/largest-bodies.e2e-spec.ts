import { fit } from '../../src/common/http/accepts.js';
import { MAX_IN_ONE } from '../../src/common/validation/json-size.js';
import { parseJson } from '../../src/common/validation/parse-json.js';
import type { Problem } from '../../src/common/validation/problem.js';
import { readFrame } from '../../src/realtime/dialects/read-frame.js';
import { parseForm, parseJson as parseLegacyJson } from '../../src/legacy/body/form-fields.js';
import { CreateRoomRequest } from '../../src/rooms/rooms/room.requests.js';
import { LogInRequest, RefreshRequest, SignUpRequest } from '../../src/v1/auth/auth.requests.js';
import { NewScheduleRequest } from '../../src/v1/schedules/schedule.requests.js';
import { parseRecurrenceRule } from '../../src/v1/schedules/recurrence/parse-recurrence-rule.js';
import { VisibilityRequest } from '../../src/v1/sharing/sharing.requests.js';
import { NewTagGroupRequest } from '../../src/v1/tags/tag.requests.js';
import { CreateTimerRequest, ManualTimerRequest, TimerListQuery } from '../../src/v1/timers/timer.requests.js';

/** `BODY_MAX_BYTES`, `WS_MAX_FRAME_BYTES` */
const BODY = 262_144;
const FRAME = 131_072;
/** A body may hold the loop for 50 ms; a machine that is three times as slow is no failure. */
const MAX_MS = 50 * 3;

/** Milliseconds of this process's own work, whatever else the machine does: the median of some runs. */
function workOf(act: () => void): number {
  const runs = Array.from({ length: 7 }, () => {
    const before = process.cpuUsage();
    act();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return runs.sort((one, other) => one - other)[3] ?? 0;
}

const filled = (max: number, make: (index: number) => string, [open, close]: readonly [string, string]): string => {
  let text = open;
  for (let index = 0; text.length < max - 100; index += 1) text += `${index === 0 ? '' : ','}${make(index)}`;
  return text + close;
};
/** As many as a list may have, and as long as a body may be. */
const most = (value: (index: number) => unknown): string =>
  JSON.stringify(Array.from({ length: MAX_IN_ONE }, (_, index) => value(index)));
const UUID = '018f3c1e-7d2a-7c3b-9d4e-0123456789';
const uuid = (index: number): string => `${UUID}${(index % 256).toString(16).padStart(2, '0')}`;
const wide = (max: number): string => filled(max, (index) => `"k${index}":0`, ['{', '}']);

const bodies: readonly (readonly [string, new () => object, string])[] = [
  ['32,700 keys to refresh', RefreshRequest, wide(BODY)],
  ['32,700 keys to log in', LogInRequest, wide(BODY)],
  ['32,700 keys to make a room', CreateRoomRequest, wide(BODY)],
  [
    '600 keys',
    RefreshRequest,
    `{${Array.from({ length: MAX_IN_ONE }, (_, i) => `"k${i}":"${'x'.repeat(420)}"`).join(',')}}`,
  ],
  [
    '7,400 tags',
    CreateTimerRequest,
    `{"allocated_duration":1,"tag_ids":${filled(BODY, (i) => `"${uuid(i)}"`, ['[', ']'])}}`,
  ],
  ['600 tags', CreateTimerRequest, `{"allocated_duration":1,"tag_ids":${most(uuid)}}`],
  [
    '600 things that are no tags',
    CreateTimerRequest,
    `{"allocated_duration":1,"tag_ids":${most(() => 'x'.repeat(400))}}`,
  ],
  ['25,000 goals', NewTagGroupRequest, `{"name":"g","color":"#fff","goal_ratios":${wide(BODY - 100)}}`],
  ['12,000 segments', ManualTimerRequest, `{"segments":${filled(BODY, () => '{"start":1,"end":2}', ['[', ']'])}}`],
  ['600 segments', ManualTimerRequest, `{"segments":${most((i) => ({ start: i, end: i + 1 }))}}`],
  [
    '600 bad segments',
    ManualTimerRequest,
    `{"segments":${most(() => ({ start: 'x'.repeat(150), end: 'y'.repeat(150) }))}}`,
  ],
  [
    '600 people',
    VisibilityRequest,
    `{"level":"private","allowed_user_ids":${most(uuid)},"allowed_emails":${most((i) => `p${i}@example.com`)},"allowed_domains":${most((i) => `d${i}.example`)}}`,
  ],
  [
    'a long text',
    SignUpRequest,
    JSON.stringify({ email: `${'a'.repeat(100_000)}@b.c`, password: '🙂'.repeat(30_000) }),
  ],
  [
    'a text of escapes',
    SignUpRequest,
    `{"email":"${'\\u0063'.repeat(20_000)}","password":"${'\\u00e9'.repeat(20_000)}"}`,
  ],
  ['a number of 262,000 digits', CreateTimerRequest, `{"allocated_duration":1${'0'.repeat(262_000)}}`],
  [
    'the keys of prototypes',
    RefreshRequest,
    `{${Array.from({ length: 500 }, () => '"__proto__":{"constructor":{"prototype":1}}').join(',')}}`,
  ],
  ['64 levels', RefreshRequest, `{"refresh_token":${'['.repeat(60)}"${'x'.repeat(260_000)}"${']'.repeat(60)}}`],
];

it.each(bodies)('a body of %s is read or refused at once', (_what, type, text) => {
  const problems: Problem[] = [];
  const work = workOf(() => {
    problems.length = 0;
    try {
      fit(type, parseJson(text), 'body', problems);
    } catch (error) {
      expect((error as Error).name).toMatch(/TooManyMembersError|SyntaxError/);
    }
  });
  expect(work).toBeLessThan(MAX_MS);
});

it.each([
  ['keys', `{"type":"ping",${wide(FRAME - 100).slice(1)}`],
  ['keys of a payload', `{"type":"timer.create","payload":${wide(FRAME - 100)}}`],
  ['levels', `{"type":"timer.sync","payload":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`],
  ['a type of levels', `{"type":${'['.repeat(60_000)}`],
  ['a type of text', JSON.stringify({ type: '🙂'.repeat(30_000) })],
  ['a long id', JSON.stringify({ type: 'ping', id: '가'.repeat(40_000) })],
])('a frame of %s is read or refused at once', (_what, text) => {
  const frame = Buffer.from(text);
  const work = workOf(() => void readFrame(frame, false, 'type-payload', 'personal'));
  expect(work).toBeLessThan(MAX_MS);
});

it.each([
  ['131,000 pairs', 'a&'.repeat(BODY / 2)],
  ['separators', '&'.repeat(BODY)],
  ['escapes', `title=${'%41'.repeat(87_000)}`],
  ['100 pairs', `${'a'.repeat(1_300)}=${'%41'.repeat(430)}&`.repeat(99)],
  ['keys', wide(BODY)],
])('a legacy body of %s is read or refused at once', (_what, text) => {
  const body = Buffer.from(text);
  const work = workOf(() => void (text.startsWith('{') ? parseLegacyJson : parseForm)(body));
  expect(work).toBeLessThan(MAX_MS);
});

it.each([
  ['BYDAY', `FREQ=MONTHLY;BYDAY=${'1MO,-2TU,'.repeat(28_000)}WE`],
  ['BYHOUR', `FREQ=DAILY;BYHOUR=${'1,22,'.repeat(50_000)}3`],
  ['BYSETPOS', `FREQ=YEARLY;BYMONTHDAY=1;BYSETPOS=${'1,'.repeat(130_000)}1`],
  ['parts', 'FREQ=DAILY;'.repeat(23_000)],
  ['separators', ';'.repeat(260_000)],
  ['digits', `FREQ=DAILY;COUNT=${'9'.repeat(260_000)}`],
])('a recurrence rule of many %s is read or refused at once', (_what, text) => {
  const problems: Problem[] = [];
  const sent = { title: 't', start_time: 1, end_time: 2, recurrence_rule: text };
  const work = workOf(() => {
    fit(NewScheduleRequest, parseJson(JSON.stringify(sent)), 'body', problems);
    parseRecurrenceRule(text);
  });
  expect(work).toBeLessThan(MAX_MS);
});

it('a query’s list is told once that it is too long, not once for each item', () => {
  const problems: Problem[] = [];
  fit(TimerListQuery, { status: 'a,'.repeat(7_000) }, 'query', problems);
  expect(problems).toMatchObject([{ type: 'too_long', loc: ['query', 'status'] }]);
});
