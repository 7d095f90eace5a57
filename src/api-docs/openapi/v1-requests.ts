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
 * The request schemas of v1, derived from the validation rules; only the descriptions are written here. Nullable keys
 * may also be omitted.
 */

const when = (about: string): Schema => instantSent(about);
const CLEARS = { description: 'Absent keys stay unchanged; null clears, and is ignored for keys that cannot be null.' };
const TAGS = 'Tags of the caller; replaces the whole set.';
const LINKS = { schedule_id: 'A schedule of the caller.', todo_id: 'A todo of the caller.', tag_ids: TAGS };
const SEGMENTS = { items: ref('Segment'), description: 'In order, without overlaps, not in the future.' };
const PLANNED = 'Planned seconds.';

const TIMERS: Schemas = {
  NewTimer: schemaOf(
    CreateTimerRequest,
    { allocated_duration: PLANNED, ...LINKS },
    { description: 'A timer to start now.' },
  ),
  TimerPatch: schemaOf(UpdateTimerRequest, LINKS, { description: 'Absent keys stay unchanged; null clears.' }),
  Segment: schemaOf(SegmentRequest, { start: when('Start of the work.'), end: when('End of the work.') }),
  ManualTimer: schemaOf(
    ManualTimerRequest,
    { allocated_duration: PLANNED, ...LINKS, segments: SEGMENTS },
    { description: 'Work without a running timer, at most 24 hours from first start to last end.' },
  ),
  TimerCorrection: schemaOf(CorrectTimerRequest, {
    segments: SEGMENTS,
    revision: 'If given, it must be the timer’s current revision.',
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
  deadline: when('Also creates a schedule of one hour that starts then.'),
  parent_id: 'Null for a root.',
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
const COOKIE = { cookie: 'Returns the refresh token in an HttpOnly cookie instead of the body.' };
const NEW_PASSWORD = '8–128 characters.';

const PEOPLE: Schemas = {
  SignUp: schemaOf(SignUpRequest, { ...ADDRESS, password: NEW_PASSWORD, ...COOKIE }),
  LogIn: schemaOf(LogInRequest, { ...ADDRESS, ...COOKIE }),
  Refresh: schemaOf(RefreshRequest, {}, { description: 'Defaults to the cookie.' }),
  EmailCode: schemaOf(CodeRequest),
  PasswordChange: schemaOf(ChangePasswordRequest, {
    password: 'The current one.',
    new_password: NEW_PASSWORD,
    end_other_access: 'Also revokes legacy tokens and the calendar address; false by default.',
  }),
  PasswordResetRequest: schemaOf(ResetCodeRequest, ADDRESS),
  PasswordReset: schemaOf(ResetPasswordRequest, { ...ADDRESS, new_password: NEW_PASSWORD }),
  NewLegacyToken: schemaOf(LegacyTokenRequest),
  UserPatch: schemaOf(UpdateProfileRequest, {
    avatar_url: 'http or https; null uses the picture of the sign-in.',
    timezone: 'An IANA name or an offset.',
  }),
  AccountDeletion: schemaOf(DeleteAccountRequest, { password: 'Required for accounts that have one.' }),
  NewFriendRequest: schemaOf(FriendRequestBody, ADDRESS, {
    description: 'Give exactly one of the two.',
    oneOf: [{ required: ['email'] }, { required: ['friend_code'] }],
  }),
  VisibilitySetting: schemaOf(
    VisibilityRequest,
    {
      allowed_user_ids: 'User ids of friends; with `selected`.',
      allowed_emails: 'With `allowed_emails`.',
      allowed_domains: 'With `allowed_emails`.',
    },
    { description: 'Replaces the whole setting.' },
  ),
};

export const V1_REQUEST_SCHEMAS: Schemas = { ...TIMERS, ...PLANNING, ...PEOPLE };

export const userIdPart = text('Opaque; it need not belong to a user.', { maxLength: 255 });
export const idPart = uuid('Any UUID text.');
