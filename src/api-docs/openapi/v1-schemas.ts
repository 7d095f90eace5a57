import {
  always,
  answered,
  flag,
  instant,
  listOf,
  nullable,
  oneOfWords,
  ref,
  type Schema,
  type Schemas,
  text,
  utcInstant,
  uuid,
  whole,
} from '../schema.js';

/**
 * The objects of v1 (docs/spec/v1.md#51-timer-object, docs/spec/v1.md#61-object, docs/spec/v1.md#71-object,
 * docs/spec/v1.md#8-tags-and-tag-groups, docs/spec/v1.md#11-visibility, docs/spec/extensions.md#sockets).
 */

export const TITLE = { maxLength: 255 };
export const DESCRIPTION = { maxLength: 10_000 };
export const MAX_INT = 2_147_483_647;

export const TIMER_STATUSES = ['RUNNING', 'PAUSED', 'COMPLETED', 'CANCELLED'] as const;
export const VISIBILITY_LEVELS = ['private', 'friends', 'selected', 'allowed_emails', 'public'] as const;

const visibilityLevel = nullable(
  oneOfWords(VISIBILITY_LEVELS, 'Who else may read it (`/v1/visibility`); null if never set.'),
);
const ownerId = text('The owner’s user id, an opaque text.', { maxLength: 255 });
const isShared = flag('The reader is not the owner.');

/** Fields of every timer, also on sockets and in room sessions. */
export const timerProperties = (when: (description?: string) => Schema): Schemas => ({
  id: uuid(),
  owner_id: ownerId,
  schedule_id: nullable(uuid()),
  todo_id: nullable(uuid()),
  title: nullable(text(undefined, TITLE)),
  description: nullable(text(undefined, DESCRIPTION)),
  allocated_duration: whole('Planned seconds; 0 only on open-ended timers of the legacy API.', {
    minimum: 0,
    maximum: MAX_INT,
  }),
  elapsed_time: whole('Seconds worked so far, without pauses.', { minimum: 0 }),
  status: oneOfWords(TIMER_STATUSES),
  started_at: when('Original start; only a correction moves it.'),
  paused_at: nullable(when('Last pause, while PAUSED and after stop or cancel from PAUSED.')),
  ended_at: nullable(when('Set by stop and cancel.')),
  pause_history: listOf(ref('PauseEvent'), { maxItems: 1_003 }),
  created_at: when(),
  updated_at: when(),
  schedule: nullable(ref('Schedule')),
  todo: nullable(ref('Todo')),
  tags: listOf(ref('Tag')),
  is_shared: isShared,
  running_since: nullable(when('Start of the current running segment; clients count from here.')),
  revision: whole('Increases by one with every change.', { minimum: 1 }),
  origin: oneOfWords(['v1', 'legacy', 'room'], 'Which API started it.'),
  visibility_level: visibilityLevel,
});

const tagProperties = {
  id: uuid(),
  name: text('Unique within its group, case-sensitive.', TITLE),
  color: text('`#` and 3 or 6 hex digits, upper-case.', { pattern: '^#([0-9A-F]{3}|[0-9A-F]{6})$' }),
  description: nullable(text(undefined, DESCRIPTION)),
  group_id: uuid(),
  created_at: instant(),
  updated_at: instant(),
};

const tagGroupProperties = {
  id: uuid(),
  name: text(undefined, TITLE),
  color: tagProperties.color,
  description: nullable(text(undefined, DESCRIPTION)),
  goal_ratios: {
    type: ['object', 'null'],
    additionalProperties: { type: 'number' },
    maxProperties: 200,
    description: 'Free keys and values; intended as tag id → 0..1.',
  },
  created_at: utcInstant(),
  updated_at: utcInstant(),
};

const visibilityProperties = {
  id: uuid(),
  resource_type: oneOfWords(['schedule', 'timer', 'todo']),
  resource_id: uuid(),
  owner_id: ownerId,
  level: oneOfWords(VISIBILITY_LEVELS),
  allowed_user_ids: listOf(text(undefined, { maxLength: 255 }), { maxItems: 200 }),
  allowed_emails: listOf(text(), { maxItems: 200 }),
  allowed_domains: listOf(text(), { maxItems: 200 }),
  created_at: utcInstant(),
  updated_at: utcInstant(),
};

const TIMERS: Schemas = {
  PauseEvent: answered(
    {
      action: oneOfWords(['start', 'pause', 'resume', 'stop', 'cancel']),
      at: instant(),
      elapsed: whole('Seconds worked up to here; on pause, stop and cancel.', { minimum: 0 }),
    },
    { optional: ['elapsed'], description: 'One entry of a timer’s history.' },
  ),
  Timer: answered(timerProperties(instant), { description: 'A timer of a user.' }),
  RoomSessionTimer: answered(
    {
      ...timerProperties(instant),
      origin: always('room'),
      session_type: nullable(always('work')),
      room_id: nullable(uuid('Null if the room was deleted.')),
    },
    {
      description:
        'A finished work session of a room that the caller was present in, as a row of `GET /v1/timers?type=room`: read-only, `title` is the room’s name, the seconds are the caller’s own presence.',
    },
  ),
  TimerRevision: answered({
    revision: whole(undefined, { minimum: 1 }),
    action: text('The change: start, pause, resume, stop, cancel, update, edit, …'),
    at: instant(),
    timer: ref('Timer'),
  }),
};

const PLANNING: Schemas = {
  Schedule: answered(
    {
      id: uuid('Of an occurrence: derived from the master’s id and the original start; stable, but not addressable.'),
      title: text(undefined, TITLE),
      description: nullable(text(undefined, DESCRIPTION)),
      start_time: instant(),
      end_time: instant(),
      recurrence_rule: nullable(text('RRULE text of a master.', { maxLength: 512 })),
      recurrence_end: nullable(instant()),
      parent_id: nullable(uuid('The master of an occurrence.')),
      tag_group_id: nullable(uuid()),
      source_todo_id: nullable(uuid()),
      state: oneOfWords(['PLANNED', 'CONFIRMED', 'CANCELLED'], 'Set by clients only; the server does not act on it.'),
      created_at: instant(),
      tags: listOf(ref('Tag'), { description: 'By name.' }),
      owner_id: ownerId,
      visibility_level: visibilityLevel,
      is_shared: isShared,
    },
    { description: 'A schedule: single, a recurring master, or one occurrence of a master.' },
  ),
  Todo: answered(
    {
      id: uuid(),
      title: text(undefined, TITLE),
      description: nullable(text(undefined, DESCRIPTION)),
      deadline: nullable(instant()),
      tag_group_id: uuid(),
      parent_id: nullable(uuid()),
      status: oneOfWords(
        ['UNSCHEDULED', 'SCHEDULED', 'DONE', 'CANCELLED'],
        'Set by clients only: a deadline does not change it.',
      ),
      created_at: instant(),
      tags: listOf(ref('Tag'), { description: 'By name.' }),
      schedules: listOf(ref('Schedule'), {
        description: 'The todo’s schedules that the reader may read, earliest first.',
      }),
      include_reason: oneOfWords(
        ['MATCH', 'ANCESTOR'],
        'Why it is listed: it matches, or one of its descendants does.',
      ),
      owner_id: ownerId,
      visibility_level: visibilityLevel,
      is_shared: isShared,
    },
    { description: 'A todo; todos form trees within a tag group.' },
  ),
  TodoStatistics: answered({
    group_id: nullable(uuid()),
    total_count: whole(undefined, { minimum: 0 }),
    by_tag: listOf(answered({ tag_id: uuid(), tag_name: text(), count: whole(undefined, { minimum: 0 }) }), {
      description: 'By descending count, then by name.',
    }),
  }),
  Tag: answered(tagProperties),
  TagGroup: answered(tagGroupProperties),
  TagGroupWithTags: answered({ ...tagGroupProperties, tags: listOf(ref('Tag'), { description: 'By name.' }) }),
};

const friendshipProperties = {
  id: uuid(),
  requester_id: text(),
  addressee_id: text(),
  status: oneOfWords(['pending', 'accepted', 'blocked']),
  blocked_by: nullable(text('User id of the user who blocked.')),
  created_at: utcInstant(),
  updated_at: utcInstant(),
};

const PEOPLE: Schemas = {
  Friendship: answered(friendshipProperties),
  Friend: answered({
    user_id: text(),
    friendship_id: uuid(),
    display_name: nullable(text()),
    avatar_url: nullable(text()),
    since: utcInstant('When the request was accepted.'),
  }),
  PendingRequest: answered({
    id: uuid(),
    requester_id: text(),
    addressee_id: nullable(text('Null in the sender’s request by e-mail, whether or not the address has an account.')),
    addressee_email: nullable(text('The address of a request by e-mail.')),
    requester_display_name: nullable(text()),
    requester_avatar_url: nullable(text()),
    created_at: utcInstant(),
  }),
  Visibility: answered(visibilityProperties, { description: 'Who else may read a schedule, timer or todo.' }),
  User: answered(
    {
      id: text('Opaque.', { maxLength: 255 }),
      display_name: nullable(text(undefined, TITLE)),
      avatar_url: nullable(text(undefined, { maxLength: 2_048 })),
      friend_code: text('Other users need it to send a friend request.', { minLength: 43, maxLength: 43 }),
      email: nullable(text('Shown to its owner only.')),
      activity_sharing: oneOfWords(
        ['full', 'no_title', 'off'],
        'What friends receive when a timer is started, paused or ended (`timer.friend_activity`), regardless of who may read the timer itself.',
      ),
      timezone: text('The default zone of statistics; other replies default to UTC.'),
    },
    { description: 'The caller.' },
  ),
  Session: answered({
    id: uuid(),
    created_at: utcInstant(),
    last_used_at: utcInstant(),
    user_agent: nullable(text()),
    current: flag('The session of this call.'),
  }),
  LegacyToken: answered({
    id: uuid(),
    label: nullable(text(undefined, TITLE)),
    created_at: utcInstant(),
    last_used_at: nullable(utcInstant()),
    calls: whole('How often it was used.', { minimum: 0 }),
  }),
  IssuedLegacyToken: answered({
    id: uuid(),
    label: nullable(text(undefined, TITLE)),
    token: text('40 hex characters, shown only once.', { pattern: '^[0-9a-f]{40}$' }),
    created_at: utcInstant(),
  }),
  Tokens: answered(
    {
      access_token: text('A JWT for `Authorization: Bearer`.'),
      refresh_token: text(
        'Valid for one refresh. Absent with `"cookie": true`, which returns it in an HttpOnly cookie.',
      ),
      token_type: always('bearer'),
      expires_in: whole('Lifetime of the access token in seconds.', { minimum: 1 }),
    },
    { optional: ['refresh_token'] },
  ),
};

const statisticsGroup = answered({
  key: nullable(text('A date, an id, `room`, or null for none.')),
  label: text(),
  seconds: whole(undefined, { minimum: 0 }),
  timers: whole(undefined, { minimum: 0 }),
});

/** Rows of a table as stored. */
const storedRows = (description: string): Schema => listOf({ type: 'object' }, { description });

const FIGURES: Schemas = {
  Statistics: answered({
    from: text(undefined, { format: 'date' }),
    to: text(undefined, { format: 'date' }),
    timezone: text(),
    group_by: oneOfWords(['day', 'week', 'month', 'tag', 'todo', 'schedule']),
    total_seconds: whole('The sum over days.', { minimum: 0 }),
    timers: whole(undefined, { minimum: 0 }),
    groups: listOf(statisticsGroup),
  }),
  AccountExport: answered(
    {
      profile: nullable(ref('User')),
      timers: listOf(ref('Timer')),
      schedules: listOf(ref('Schedule')),
      todos: listOf(ref('Todo')),
      schedule_exceptions: storedRows('Changes of single occurrences.'),
      tag_groups: storedRows('As stored.'),
      tags: storedRows('As stored.'),
      timer_corrections: storedRows('Segments that corrections replaced.'),
      room_presence: listOf(
        answered({ room_id: nullable(text()), came_at: utcInstant(), went_at: nullable(utcInstant()) }),
      ),
      room_sessions: storedRows('Sessions of deleted rooms.'),
      sessions: storedRows('Sign-ins.'),
      friend_requests_by_email: storedRows('Requests sent by e-mail.'),
      legacy_tokens: storedRows('Labels and usage, without secrets.'),
      friendships: listOf(ref('Friendship')),
      visibility_settings: listOf(ref('Visibility')),
      has_calendar: flag(),
    },
    { description: 'All stored data of a user, without secrets.' },
  ),
  CalendarUrl: answered({ url: text('Anyone with this URL can read the feed.', { format: 'uri' }) }),
};

const OTHERS: Schemas = {
  Ok: answered({ ok: always(true) }),
  OkMessage: answered({ ok: always(true), message: text() }),
};

export const V1_SCHEMAS: Schemas = { ...TIMERS, ...PLANNING, ...PEOPLE, ...FIGURES, ...OTHERS };
