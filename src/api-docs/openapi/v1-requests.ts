import {
  flag,
  instantSent,
  listOf,
  nullable,
  oneOfWords,
  ref,
  type Schema,
  type Schemas,
  sent,
  text,
  uuid,
  whole,
} from '../schema.js';
import { DESCRIPTION, MAX_INT, TITLE, VISIBILITY_LEVELS } from './v1-schemas.js';

/** What clients of v1 send (v1.md 3.1, 5.3–11, extensions.md). Nullable keys may also be left out. */

const title = text(undefined, TITLE);
const description = nullable(text(undefined, DESCRIPTION));
/** Any UUID text is taken (v1.md 1.1). */
const anyUuid = (about?: string): Schema => text(about, { maxLength: 64 });
const tagIds = nullable(listOf(anyUuid(), { maxItems: 200, description: 'The whole set of the caller’s tags.' }));
const duration = whole('Planned seconds.', { minimum: 1, maximum: MAX_INT });
const color = text('`#` and 3 or 6 hex digits.', { pattern: '^#([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$' });
const email = text('Trimmed and lower-cased.', { maxLength: 1_000 });
const newPassword = text('8–128 characters.', { minLength: 8, maxLength: 128 });
const when = (about: string): Schema => instantSent(about);

const links = {
  title: nullable(title),
  description,
  schedule_id: nullable(anyUuid('One’s own schedule.')),
  todo_id: nullable(anyUuid('One’s own todo.')),
  tag_ids: tagIds,
};

const segments = listOf(ref('Segment'), {
  minItems: 1,
  maxItems: 500,
  description: 'In order, not overlapping, nothing in the future.',
});

const TIMERS: Schemas = {
  NewTimer: sent({ allocated_duration: duration, ...links }, ['allocated_duration'], 'A timer to start now.'),
  TimerPatch: sent(links, [], 'What is absent stays, null clears.'),
  Segment: sent({ start: when('When work began.'), end: when('When it stopped.') }, ['start', 'end']),
  ManualTimer: sent(
    {
      ...links,
      allocated_duration: nullable(duration),
      segments,
    },
    ['segments'],
    'Work that no timer ran for: 24 hours at most from first to last.',
  ),
  TimerCorrection: sent(
    {
      segments,
      revision: nullable(whole('When given, the timer’s current one.', { minimum: 1 })),
    },
    ['segments'],
  ),
};

const scheduleFields = {
  description,
  tag_ids: tagIds,
  recurrence_rule: nullable(text('RRULE text (RFC 5545).', { examples: ['FREQ=WEEKLY;BYDAY=TH'] })),
  recurrence_end: nullable(when('No occurrence starts after it.')),
  tag_group_id: nullable(anyUuid()),
  source_todo_id: nullable(anyUuid()),
  state: nullable(oneOfWords(['PLANNED', 'CONFIRMED', 'CANCELLED'])),
};

const todoFields = {
  description,
  tag_ids: tagIds,
  deadline: nullable(when('Makes a schedule of one hour from then on.')),
  parent_id: nullable(anyUuid('Null: a root.')),
  status: nullable(oneOfWords(['UNSCHEDULED', 'SCHEDULED', 'DONE', 'CANCELLED'])),
};

const goalRatios: Schema = {
  type: ['object', 'null'],
  additionalProperties: { type: 'number' },
  maxProperties: 200,
};

const PLANNING: Schemas = {
  NewSchedule: sent(
    {
      title,
      start_time: when('Its start.'),
      end_time: when('After the start.'),
      ...scheduleFields,
      create_todo_options: nullable(
        sent({ tag_group_id: anyUuid() }, ['tag_group_id'], 'Also creates a todo in that group.'),
      ),
    },
    ['title', 'start_time', 'end_time'],
  ),
  SchedulePatch: sent(
    {
      title: nullable(title),
      start_time: nullable(when('Its start.')),
      end_time: nullable(when('After the start.')),
      ...scheduleFields,
    },
    [],
    'What is absent stays, null clears; null for what cannot be null is ignored.',
  ),
  NewTodo: sent({ title, tag_group_id: anyUuid(), ...todoFields }, ['title', 'tag_group_id']),
  TodoPatch: sent(
    { title: nullable(title), tag_group_id: nullable(anyUuid()), ...todoFields },
    [],
    'What is absent stays, null clears; null for what cannot be null is ignored.',
  ),
  NewTag: sent({ name: title, color, group_id: anyUuid(), description }, ['name', 'color', 'group_id']),
  TagPatch: sent({ name: nullable(title), color: nullable(color), description }),
  NewTagGroup: sent({ name: title, color, description, goal_ratios: goalRatios }, ['name', 'color']),
  TagGroupPatch: sent({ name: nullable(title), color: nullable(color), description, goal_ratios: goalRatios }),
};

const cookie = nullable(flag('The refresh token comes in an HttpOnly cookie instead of the body.'));

const PEOPLE: Schemas = {
  SignUp: sent({ email, password: newPassword, display_name: nullable(title), cookie }, ['email', 'password']),
  LogIn: sent({ email, password: text(undefined, { maxLength: 1_000 }), cookie }, ['email', 'password']),
  Refresh: sent(
    { refresh_token: nullable(text(undefined, { maxLength: 1_000 })) },
    [],
    'Without it the cookie is looked at.',
  ),
  EmailCode: sent({ code: text(undefined, { maxLength: 100 }) }, ['code']),
  PasswordChange: sent(
    {
      password: text('The present one.', { maxLength: 1_000 }),
      new_password: newPassword,
      end_other_access: nullable(flag('Legacy tokens and the calendar address end, too; false when absent.')),
    },
    ['password', 'new_password'],
  ),
  PasswordResetRequest: sent({ email }, ['email']),
  PasswordReset: sent({ email, code: text(undefined, { maxLength: 100 }), new_password: newPassword }, [
    'email',
    'code',
    'new_password',
  ]),
  NewLegacyToken: sent({ label: nullable(title) }),
  UserPatch: sent({
    display_name: nullable(title),
    avatar_url: nullable(text('http or https; null: as the sign-in says.', { maxLength: 2_048 })),
    activity_sharing: nullable(oneOfWords(['full', 'no_title', 'off'])),
    timezone: nullable(text('An IANA name or an offset.', { maxLength: 255 })),
  }),
  AccountDeletion: sent({ password: nullable(text('For accounts that have one.', { maxLength: 1_000 })) }),
  NewFriendRequest: {
    ...sent({ email, friend_code: text(undefined, { minLength: 1, maxLength: 255 }) }),
    description: 'Exactly one of the two.',
    oneOf: [{ required: ['email'] }, { required: ['friend_code'] }],
  },
  VisibilitySetting: sent(
    {
      level: oneOfWords(VISIBILITY_LEVELS),
      allowed_user_ids: nullable(
        listOf(text(undefined, { maxLength: 255 }), { maxItems: 200, description: 'Friends; with `selected`.' }),
      ),
      allowed_emails: nullable(listOf(text(), { maxItems: 200, description: 'With `allowed_emails`.' })),
      allowed_domains: nullable(listOf(text(), { maxItems: 200, description: 'With `allowed_emails`.' })),
    },
    ['level'],
    'Replaces the whole setting.',
  ),
};

export const V1_REQUEST_SCHEMAS: Schemas = { ...TIMERS, ...PLANNING, ...PEOPLE };

export const userIdPart = text('Opaque; it may be nobody’s.', { maxLength: 255 });
export const idPart = uuid('Any UUID text.');
