import { Identity1764000000001 } from './1764000000001-identity.js';
import { Timers1764000000002 } from './1764000000002-timers.js';
import { Accounts1764000000003 } from './1764000000003-accounts.js';
import { Planning1764000000004 } from './1764000000004-planning.js';
import { Calendar1764000000005 } from './1764000000005-calendar.js';
import { Rooms1764000000006 } from './1764000000006-rooms.js';
import { ChangeLines1764000000007 } from './1764000000007-change-lines.js';
import { Presence1764000000010 } from './1764000000010-presence.js';
import { LogState1764000000014 } from './1764000000014-log-state.js';
import { LogDays1764000000015 } from './1764000000015-log-days.js';
import { OneSpelling1764000000018 } from './1764000000018-one-spelling.js';
import { RequestsByEmail1764000000019 } from './1764000000019-requests-by-email.js';
import { EndOfTime1764000000020 } from './1764000000020-end-of-time.js';
import { PeopleInLogs1764000000115 } from './1764000000115-people-in-logs.js';
import { AnswersAboutOthers1764000000140 } from './1764000000140-answers-about-others.js';

/** Every migration, oldest first. New ones are appended; released ones never change. */
export const migrations = [
  Identity1764000000001,
  Timers1764000000002,
  Accounts1764000000003,
  Planning1764000000004,
  Calendar1764000000005,
  Rooms1764000000006,
  ChangeLines1764000000007,
  Presence1764000000010,
  LogState1764000000014,
  LogDays1764000000015,
  OneSpelling1764000000018,
  RequestsByEmail1764000000019,
  EndOfTime1764000000020,
  PeopleInLogs1764000000115,
  AnswersAboutOthers1764000000140,
];
