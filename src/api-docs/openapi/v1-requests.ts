import { schemaOf } from '../../common/validation/request-schema.js';
import {
  ChangePasswordRequest,
  CodeRequest,
  LegacyTokenRequest,
  LogInRequest,
  RefreshRequest,
  ResetCodeRequest,
  ResetPasswordRequest,
  SignUpRequest,
} from '../../v1/auth/auth.requests.js';
import { FriendRequestBody } from '../../v1/friends/friends.requests.js';
import { CreateTodoOptions, NewScheduleRequest, SchedulePatch } from '../../v1/schedules/schedule.requests.js';
import { VisibilityRequest } from '../../v1/sharing/sharing.requests.js';
import { NewTagGroupRequest, NewTagRequest, TagGroupPatch, TagPatch } from '../../v1/tags/tag.requests.js';
import {
  CorrectTimerRequest,
  CreateTimerRequest,
  ManualTimerRequest,
  SegmentRequest,
  UpdateTimerRequest,
} from '../../v1/timers/timer.requests.js';
import { NewTodoRequest, TodoPatch } from '../../v1/todos/todo.requests.js';
import { DeleteAccountRequest, UpdateProfileRequest } from '../../v1/users/user.requests.js';
import { instantSent, ref, type Schema, type Schemas, text, uuid } from '../schema.js';

/**
 * What clients of v1 send, made from the rules that it is validated with; written here is only what people read. Nullable
 * keys may also be left out.
 */

const when = (about: string): Schema => instantSent(about);
const CLEARS = { description: 'What is absent stays, null clears; null for what cannot be null is ignored.' };
const TAGS = 'The whole set of the caller’s tags.';
const LINKS = { schedule_id: 'One’s own schedule.', todo_id: 'One’s own todo.', tag_ids: TAGS };
const SEGMENTS = { items: ref('Segment'), description: 'In order, not overlapping, nothing in the future.' };
const PLANNED = 'Planned seconds.';

const TIMERS: Schemas = {
  NewTimer: schemaOf(
    CreateTimerRequest,
    { allocated_duration: PLANNED, ...LINKS },
    { description: 'A timer to start now.' },
  ),
  TimerPatch: schemaOf(UpdateTimerRequest, LINKS, { description: 'What is absent stays, null clears.' }),
  Segment: schemaOf(SegmentRequest, { start: when('When work began.'), end: when('When it stopped.') }),
  ManualTimer: schemaOf(
    ManualTimerRequest,
    { allocated_duration: PLANNED, ...LINKS, segments: SEGMENTS },
    { description: 'Work that no timer ran for: 24 hours at most from first to last.' },
  ),
  TimerCorrection: schemaOf(CorrectTimerRequest, {
    segments: SEGMENTS,
    revision: 'When given, the timer’s current one.',
  }),
};

const SCHEDULE = {
  tag_ids: TAGS,
  start_time: when('Its start.'),
  end_time: when('After the start.'),
  recurrence_rule: { description: 'RRULE text (RFC 5545).', examples: ['FREQ=WEEKLY;BYDAY=TH'] },
  recurrence_end: when('No occurrence starts after it.'),
};
const TODO = {
  tag_ids: TAGS,
  deadline: when('Makes a schedule of one hour from then on.'),
  parent_id: 'Null: a root.',
};
const COLOR = { color: '`#` and 3 or 6 hex digits.' };

const PLANNING: Schemas = {
  NewSchedule: schemaOf(NewScheduleRequest, {
    ...SCHEDULE,
    create_todo_options: schemaOf(CreateTodoOptions, {}, { description: 'Also creates a todo in that group.' }),
  }),
  SchedulePatch: schemaOf(SchedulePatch, SCHEDULE, CLEARS),
  NewTodo: schemaOf(NewTodoRequest, TODO),
  TodoPatch: schemaOf(TodoPatch, TODO, CLEARS),
  NewTag: schemaOf(NewTagRequest, COLOR),
  TagPatch: schemaOf(TagPatch, COLOR),
  NewTagGroup: schemaOf(NewTagGroupRequest, COLOR),
  TagGroupPatch: schemaOf(TagGroupPatch, COLOR),
};

const ADDRESS = { email: 'Trimmed and lower-cased.' };
const COOKIE = { cookie: 'The refresh token comes in an HttpOnly cookie instead of the body.' };
const NEW_PASSWORD = '8–128 characters.';

const PEOPLE: Schemas = {
  SignUp: schemaOf(SignUpRequest, { ...ADDRESS, password: NEW_PASSWORD, ...COOKIE }),
  LogIn: schemaOf(LogInRequest, { ...ADDRESS, ...COOKIE }),
  Refresh: schemaOf(RefreshRequest, {}, { description: 'Without it the cookie is looked at.' }),
  EmailCode: schemaOf(CodeRequest),
  PasswordChange: schemaOf(ChangePasswordRequest, {
    password: 'The present one.',
    new_password: NEW_PASSWORD,
    end_other_access: 'Legacy tokens and the calendar address end, too; false when absent.',
  }),
  PasswordResetRequest: schemaOf(ResetCodeRequest, ADDRESS),
  PasswordReset: schemaOf(ResetPasswordRequest, { ...ADDRESS, new_password: NEW_PASSWORD }),
  NewLegacyToken: schemaOf(LegacyTokenRequest),
  UserPatch: schemaOf(UpdateProfileRequest, {
    avatar_url: 'http or https; null: as the sign-in says.',
    timezone: 'An IANA name or an offset.',
  }),
  AccountDeletion: schemaOf(DeleteAccountRequest, { password: 'For accounts that have one.' }),
  NewFriendRequest: schemaOf(FriendRequestBody, ADDRESS, {
    description: 'Exactly one of the two.',
    oneOf: [{ required: ['email'] }, { required: ['friend_code'] }],
  }),
  VisibilitySetting: schemaOf(
    VisibilityRequest,
    {
      allowed_user_ids: 'Friends; with `selected`.',
      allowed_emails: 'With `allowed_emails`.',
      allowed_domains: 'With `allowed_emails`.',
    },
    { description: 'Replaces the whole setting.' },
  ),
};

export const V1_REQUEST_SCHEMAS: Schemas = { ...TIMERS, ...PLANNING, ...PEOPLE };

export const userIdPart = text('Opaque; it may be nobody’s.', { maxLength: 255 });
export const idPart = uuid('Any UUID text.');
