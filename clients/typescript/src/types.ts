// Made by generate-types.mjs of /openapi.json and /asyncapi.json: change those, not this.

/** ISO 8601 with offset, whole seconds. */
export type DateTime = string;
/** `YYYY-MM-DD` */
export type DateText = string;
export type Uuid = string;

/** One entry of a timer’s history. */
export interface HistoryEntry {
  readonly action: 'start' | 'pause' | 'resume' | 'stop' | 'cancel';
  readonly at: DateTime;
  /** Seconds worked up to here; pause, stop and cancel have it. */
  readonly elapsed?: number;
}

/** A timer of a person. */
export interface Timer {
  readonly id: Uuid;
  /** The owner’s user id, an opaque text. */
  readonly owner_id: string;
  readonly schedule_id: Uuid | null;
  readonly todo_id: Uuid | null;
  readonly title: string | null;
  readonly description: string | null;
  /** Planned seconds; 0 only on open-ended timers of the legacy API. */
  readonly allocated_duration: number;
  /** Seconds worked so far, pauses left out. */
  readonly elapsed_time: number;
  readonly status: 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'CANCELLED';
  /** Original start; only a correction moves it. */
  readonly started_at: DateTime;
  /** Last pause, while PAUSED and after stop or cancel from PAUSED. */
  readonly paused_at: DateTime | null;
  /** Set by stop and cancel. */
  readonly ended_at: DateTime | null;
  readonly pause_history: readonly HistoryEntry[];
  readonly created_at: DateTime;
  readonly updated_at: DateTime;
  readonly schedule: Schedule | null;
  readonly todo: Todo | null;
  readonly tags: readonly Tag[];
  /** The reader is not the owner. */
  readonly is_shared: boolean;
  /** Start of the current running segment: the clock of a client counts from here. */
  readonly running_since: DateTime | null;
  /** One more with every change. */
  readonly revision: number;
  /** Which API started it. */
  readonly origin: 'v1' | 'legacy' | 'room';
  /** Who else may read it (`/v1/visibility`); null: never set. */
  readonly visibility_level: 'private' | 'friends' | 'selected' | 'allowed_emails' | 'public' | null;
}

/** A finished work session of a room that the caller was present in, as a row of `GET /v1/timers?type=room`: read-only, `title` is the room’s name, the seconds are the caller’s own presence. */
export interface RoomSessionTimer {
  readonly id: Uuid;
  /** The owner’s user id, an opaque text. */
  readonly owner_id: string;
  readonly schedule_id: Uuid | null;
  readonly todo_id: Uuid | null;
  readonly title: string | null;
  readonly description: string | null;
  /** Planned seconds; 0 only on open-ended timers of the legacy API. */
  readonly allocated_duration: number;
  /** Seconds worked so far, pauses left out. */
  readonly elapsed_time: number;
  readonly status: 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'CANCELLED';
  /** Original start; only a correction moves it. */
  readonly started_at: DateTime;
  /** Last pause, while PAUSED and after stop or cancel from PAUSED. */
  readonly paused_at: DateTime | null;
  /** Set by stop and cancel. */
  readonly ended_at: DateTime | null;
  readonly pause_history: readonly HistoryEntry[];
  readonly created_at: DateTime;
  readonly updated_at: DateTime;
  readonly schedule: Schedule | null;
  readonly todo: Todo | null;
  readonly tags: readonly Tag[];
  /** The reader is not the owner. */
  readonly is_shared: boolean;
  /** Start of the current running segment: the clock of a client counts from here. */
  readonly running_since: DateTime | null;
  /** One more with every change. */
  readonly revision: number;
  readonly origin: 'room';
  /** Who else may read it (`/v1/visibility`); null: never set. */
  readonly visibility_level: 'private' | 'friends' | 'selected' | 'allowed_emails' | 'public' | null;
  readonly session_type: 'work';
  /** Null when the room is gone. */
  readonly room_id: Uuid | null;
}

export interface TimerRevision {
  readonly revision: number;
  /** What was done: start, pause, resume, stop, cancel, update, edit, … */
  readonly action: string;
  readonly at: DateTime;
  readonly timer: Timer;
}

/** A timer to start now. */
export interface NewTimer {
  /** Planned seconds. */
  readonly allocated_duration: number;
  readonly title?: string | null;
  readonly description?: string | null;
  /** One’s own schedule. */
  readonly schedule_id?: string | null;
  /** One’s own todo. */
  readonly todo_id?: string | null;
  /** The whole set of the caller’s tags. */
  readonly tag_ids?: readonly string[] | null;
}

/** What is absent stays, null clears. */
export interface TimerPatch {
  readonly title?: string | null;
  readonly description?: string | null;
  /** One’s own schedule. */
  readonly schedule_id?: string | null;
  /** One’s own todo. */
  readonly todo_id?: string | null;
  /** The whole set of the caller’s tags. */
  readonly tag_ids?: readonly string[] | null;
}

export interface Segment {
  /** When work began. ISO 8601 with any offset, none meaning UTC; a bare date is 00:00; a number is Unix seconds. */
  readonly start: DateTime;
  /** When it stopped. ISO 8601 with any offset, none meaning UTC; a bare date is 00:00; a number is Unix seconds. */
  readonly end: DateTime;
}

/** Work that no timer ran for: 24 hours at most from first to last. */
export interface ManualTimer {
  readonly title?: string | null;
  readonly description?: string | null;
  /** One’s own schedule. */
  readonly schedule_id?: string | null;
  /** One’s own todo. */
  readonly todo_id?: string | null;
  /** The whole set of the caller’s tags. */
  readonly tag_ids?: readonly string[] | null;
  /** Planned seconds. */
  readonly allocated_duration?: number | null;
  /** In order, not overlapping, nothing in the future. */
  readonly segments: readonly Segment[];
}

export interface TimerCorrection {
  /** In order, not overlapping, nothing in the future. */
  readonly segments: readonly Segment[];
  /** When given, the timer’s current one. */
  readonly revision?: number | null;
}

/** Something planned: plain, a master that repeats, or one occurrence of it. */
export interface Schedule {
  /** Of an occurrence: derived from the master’s id and the original start; stable, but not addressable. */
  readonly id: Uuid;
  readonly title: string;
  readonly description: string | null;
  readonly start_time: DateTime;
  readonly end_time: DateTime;
  /** RRULE text of a master. */
  readonly recurrence_rule: string | null;
  readonly recurrence_end: DateTime | null;
  /** The master of an occurrence. */
  readonly parent_id: Uuid | null;
  readonly tag_group_id: Uuid | null;
  readonly source_todo_id: Uuid | null;
  /** For people to set; the server goes by none of them. */
  readonly state: 'PLANNED' | 'CONFIRMED' | 'CANCELLED';
  readonly created_at: DateTime;
  /** By name. */
  readonly tags: readonly Tag[];
  /** The owner’s user id, an opaque text. */
  readonly owner_id: string;
  /** Who else may read it (`/v1/visibility`); null: never set. */
  readonly visibility_level: 'private' | 'friends' | 'selected' | 'allowed_emails' | 'public' | null;
  /** The reader is not the owner. */
  readonly is_shared: boolean;
}

export interface NewSchedule {
  readonly title: string;
  /** Its start. ISO 8601 with any offset, none meaning UTC; a bare date is 00:00; a number is Unix seconds. */
  readonly start_time: DateTime;
  /** After the start. ISO 8601 with any offset, none meaning UTC; a bare date is 00:00; a number is Unix seconds. */
  readonly end_time: DateTime;
  readonly description?: string | null;
  /** The whole set of the caller’s tags. */
  readonly tag_ids?: readonly string[] | null;
  /** RRULE text (RFC 5545). */
  readonly recurrence_rule?: string | null;
  /** No occurrence starts after it. ISO 8601 with any offset, none meaning UTC; a bare date is 00:00; a number is Unix seconds. */
  readonly recurrence_end?: DateTime | null;
  readonly tag_group_id?: string | null;
  readonly source_todo_id?: string | null;
  readonly state?: 'PLANNED' | 'CONFIRMED' | 'CANCELLED' | null;
  /** Also creates a todo in that group. */
  readonly create_todo_options?: {
    readonly tag_group_id: string;
  } | null;
}

/** What is absent stays, null clears; null for what cannot be null is ignored. */
export interface SchedulePatch {
  readonly title?: string | null;
  /** Its start. ISO 8601 with any offset, none meaning UTC; a bare date is 00:00; a number is Unix seconds. */
  readonly start_time?: DateTime | null;
  /** After the start. ISO 8601 with any offset, none meaning UTC; a bare date is 00:00; a number is Unix seconds. */
  readonly end_time?: DateTime | null;
  readonly description?: string | null;
  /** The whole set of the caller’s tags. */
  readonly tag_ids?: readonly string[] | null;
  /** RRULE text (RFC 5545). */
  readonly recurrence_rule?: string | null;
  /** No occurrence starts after it. ISO 8601 with any offset, none meaning UTC; a bare date is 00:00; a number is Unix seconds. */
  readonly recurrence_end?: DateTime | null;
  readonly tag_group_id?: string | null;
  readonly source_todo_id?: string | null;
  readonly state?: 'PLANNED' | 'CONFIRMED' | 'CANCELLED' | null;
}

/** Something to be done; todos form trees within a tag group. */
export interface Todo {
  readonly id: Uuid;
  readonly title: string;
  readonly description: string | null;
  readonly deadline: DateTime | null;
  readonly tag_group_id: Uuid;
  readonly parent_id: Uuid | null;
  /** For people to set: a deadline does not change it. */
  readonly status: 'UNSCHEDULED' | 'SCHEDULED' | 'DONE' | 'CANCELLED';
  readonly created_at: DateTime;
  /** By name. */
  readonly tags: readonly Tag[];
  /** Those made for it that the reader may read, earliest first. */
  readonly schedules: readonly Schedule[];
  /** Why it is in a list: it matches, or something below it does. */
  readonly include_reason: 'MATCH' | 'ANCESTOR';
  /** The owner’s user id, an opaque text. */
  readonly owner_id: string;
  /** Who else may read it (`/v1/visibility`); null: never set. */
  readonly visibility_level: 'private' | 'friends' | 'selected' | 'allowed_emails' | 'public' | null;
  /** The reader is not the owner. */
  readonly is_shared: boolean;
}

export interface NewTodo {
  readonly title: string;
  readonly tag_group_id: string;
  readonly description?: string | null;
  /** The whole set of the caller’s tags. */
  readonly tag_ids?: readonly string[] | null;
  /** Makes a schedule of one hour from then on. ISO 8601 with any offset, none meaning UTC; a bare date is 00:00; a number is Unix seconds. */
  readonly deadline?: DateTime | null;
  /** Null: a root. */
  readonly parent_id?: string | null;
  readonly status?: 'UNSCHEDULED' | 'SCHEDULED' | 'DONE' | 'CANCELLED' | null;
}

/** What is absent stays, null clears; null for what cannot be null is ignored. */
export interface TodoPatch {
  readonly title?: string | null;
  readonly tag_group_id?: string | null;
  readonly description?: string | null;
  /** The whole set of the caller’s tags. */
  readonly tag_ids?: readonly string[] | null;
  /** Makes a schedule of one hour from then on. ISO 8601 with any offset, none meaning UTC; a bare date is 00:00; a number is Unix seconds. */
  readonly deadline?: DateTime | null;
  /** Null: a root. */
  readonly parent_id?: string | null;
  readonly status?: 'UNSCHEDULED' | 'SCHEDULED' | 'DONE' | 'CANCELLED' | null;
}

export interface TodoStatistics {
  readonly group_id: Uuid | null;
  readonly total_count: number;
  /** Most first, then by name. */
  readonly by_tag: readonly {
    readonly tag_id: Uuid;
    readonly tag_name: string;
    readonly count: number;
  }[];
}

export interface Tag {
  readonly id: Uuid;
  /** Unique within its group, case-sensitive. */
  readonly name: string;
  /** `#` and 3 or 6 hex digits, upper-case. */
  readonly color: string;
  readonly description: string | null;
  readonly group_id: Uuid;
  readonly created_at: DateTime;
  readonly updated_at: DateTime;
}

export interface NewTag {
  readonly name: string;
  /** `#` and 3 or 6 hex digits. */
  readonly color: string;
  readonly group_id: string;
  readonly description?: string | null;
}

export interface TagPatch {
  readonly name?: string | null;
  /** `#` and 3 or 6 hex digits. */
  readonly color?: string | null;
  readonly description?: string | null;
}

export interface TagGroup {
  readonly id: Uuid;
  readonly name: string;
  /** `#` and 3 or 6 hex digits, upper-case. */
  readonly color: string;
  readonly description: string | null;
  /** Keys and values are free; meant as tag id → 0..1. */
  readonly goal_ratios: Readonly<Record<string, number>> | null;
  readonly created_at: DateTime;
  readonly updated_at: DateTime;
}

export interface TagGroupWithTags {
  readonly id: Uuid;
  readonly name: string;
  /** `#` and 3 or 6 hex digits, upper-case. */
  readonly color: string;
  readonly description: string | null;
  /** Keys and values are free; meant as tag id → 0..1. */
  readonly goal_ratios: Readonly<Record<string, number>> | null;
  readonly created_at: DateTime;
  readonly updated_at: DateTime;
  /** By name. */
  readonly tags: readonly Tag[];
}

export interface NewTagGroup {
  readonly name: string;
  /** `#` and 3 or 6 hex digits. */
  readonly color: string;
  readonly description?: string | null;
  readonly goal_ratios?: Readonly<Record<string, number>> | null;
}

export interface TagGroupPatch {
  readonly name?: string | null;
  /** `#` and 3 or 6 hex digits. */
  readonly color?: string | null;
  readonly description?: string | null;
  readonly goal_ratios?: Readonly<Record<string, number>> | null;
}

/** The caller. */
export interface Profile {
  /** Opaque. */
  readonly id: string;
  readonly display_name: string | null;
  readonly avatar_url: string | null;
  /** What others need to send a friend request. */
  readonly friend_code: string;
  /** Shown to its owner only. */
  readonly email: string | null;
  /** What friends hear of it when a timer is started, paused or ended (`timer.friend_activity`), whoever may read the timer itself. */
  readonly activity_sharing: 'full' | 'no_title' | 'off';
  /** The zone of statistics when a call names none; replies are UTC unless they ask. */
  readonly timezone: string;
}

export interface ProfilePatch {
  readonly display_name?: string | null;
  /** http or https; null: as the sign-in says. */
  readonly avatar_url?: string | null;
  readonly activity_sharing?: 'full' | 'no_title' | 'off' | null;
  /** An IANA name or an offset. */
  readonly timezone?: string | null;
}

export interface Friend {
  readonly user_id: string;
  readonly friendship_id: Uuid;
  readonly display_name: string | null;
  readonly avatar_url: string | null;
  /** When the request was accepted. */
  readonly since: DateTime;
}

export interface Friendship {
  readonly id: Uuid;
  readonly requester_id: string;
  readonly addressee_id: string;
  readonly status: 'pending' | 'accepted' | 'blocked';
  /** The user id of who blocked. */
  readonly blocked_by: string | null;
  readonly created_at: DateTime;
  readonly updated_at: DateTime;
}

export interface FriendRequest {
  readonly id: Uuid;
  readonly requester_id: string;
  /** Null in one’s own request by e-mail, whether or not the address has an account. */
  readonly addressee_id: string | null;
  /** What one asked by e-mail. */
  readonly addressee_email: string | null;
  readonly requester_display_name: string | null;
  readonly requester_avatar_url: string | null;
  readonly created_at: DateTime;
}

/** Who else may read a schedule, timer or todo. */
export interface Visibility {
  readonly id: Uuid;
  readonly resource_type: 'schedule' | 'timer' | 'todo';
  readonly resource_id: Uuid;
  /** The owner’s user id, an opaque text. */
  readonly owner_id: string;
  readonly level: 'private' | 'friends' | 'selected' | 'allowed_emails' | 'public';
  readonly allowed_user_ids: readonly string[];
  readonly allowed_emails: readonly string[];
  readonly allowed_domains: readonly string[];
  readonly created_at: DateTime;
  readonly updated_at: DateTime;
}

/** Replaces the whole setting. */
export interface VisibilityChoice {
  readonly level: 'private' | 'friends' | 'selected' | 'allowed_emails' | 'public';
  /** Friends; with `selected`. */
  readonly allowed_user_ids?: readonly string[] | null;
  /** With `allowed_emails`. */
  readonly allowed_emails?: readonly string[] | null;
  /** With `allowed_emails`. */
  readonly allowed_domains?: readonly string[] | null;
}

export interface Statistics {
  readonly from: DateText;
  readonly to: DateText;
  readonly timezone: string;
  readonly group_by: 'day' | 'week' | 'month' | 'tag' | 'todo' | 'schedule';
  /** The sum over days. */
  readonly total_seconds: number;
  readonly timers: number;
  readonly groups: readonly {
    /** A date, an id, `room`, or null for “none”. */
    readonly key: string | null;
    readonly label: string;
    readonly seconds: number;
    readonly timers: number;
  }[];
}

export interface SignUp {
  /** Trimmed and lower-cased. */
  readonly email: string;
  /** 8–128 characters. */
  readonly password: string;
  readonly display_name?: string | null;
  /** The refresh token comes in an HttpOnly cookie instead of the body. */
  readonly cookie?: boolean | null;
}

export interface LogIn {
  /** Trimmed and lower-cased. */
  readonly email: string;
  readonly password: string;
  /** The refresh token comes in an HttpOnly cookie instead of the body. */
  readonly cookie?: boolean | null;
}

export interface Tokens {
  /** A JWT for `Authorization: Bearer`. */
  readonly access_token: string;
  /** Spent by the next refresh. Absent with `"cookie": true`: then it is in an HttpOnly cookie. */
  readonly refresh_token?: string;
  readonly token_type: 'bearer';
  /** Seconds the access token lives. */
  readonly expires_in: number;
}

export interface Session {
  readonly id: Uuid;
  readonly created_at: DateTime;
  readonly last_used_at: DateTime;
  readonly user_agent: string | null;
  /** The one this call was made with. */
  readonly current: boolean;
}

export interface LegacyToken {
  readonly id: Uuid;
  readonly label: string | null;
  readonly created_at: DateTime;
  readonly last_used_at: DateTime | null;
  /** How often it was used. */
  readonly calls: number;
}

export interface NewLegacyToken {
  readonly id: Uuid;
  readonly label: string | null;
  /** 40 hex characters, shown this once. */
  readonly token: string;
  readonly created_at: DateTime;
}

export interface Ok {
  readonly ok: true;
}

export interface OkMessage {
  readonly ok: true;
  readonly message: string;
}

export interface CalendarUrl {
  /** Whoever has it may read. */
  readonly url: string;
}

/** A room’s timer. */
export interface RoomTimer {
  readonly status: 'idle' | 'running' | 'paused';
  readonly session_type: 'work' | 'break';
  /** Full duration while idle. */
  readonly remaining_seconds: number;
  /** When it ends; null unless running. */
  readonly target_timestamp: DateTime | null;
  /** Null while idle. */
  readonly started_at: DateTime | null;
  /** Of the whole session. */
  readonly duration_seconds: number;
  /** The room’s: one more with every change of session or settings. */
  readonly revision: number;
}

export interface Room {
  /** Version 4: whoever knows it may enter. */
  readonly room_id: Uuid;
  /** Letters, digits, hyphen and underscore. */
  readonly room_name: string;
  /** Seconds. */
  readonly work_duration: number;
  /** Seconds. */
  readonly break_duration: number;
  /** People with an open socket. */
  readonly current_participants: number;
  readonly max_participants: number;
  readonly timer_state: RoomTimer;
  readonly created_at: DateTime;
  readonly auto_start_break: boolean;
  /** Who may use the timer. */
  readonly control: 'everyone' | 'host';
  /** Opens the room page. */
  readonly share_url: string;
  readonly host: {
    readonly participant_id: string;
    readonly name: string;
  } | null;
}

export interface NewRoom {
  readonly room_name: string;
  readonly work_duration_minutes?: number | null;
  readonly break_duration_minutes?: number | null;
  readonly auto_start_break?: boolean | null;
}

export interface RoomPatch {
  readonly room_name?: string | null;
  readonly control?: 'everyone' | 'host' | null;
  readonly work_duration_minutes?: number | null;
  readonly break_duration_minutes?: number | null;
  readonly auto_start_break?: boolean | null;
}

export interface CreatedRoom {
  readonly room_id: Uuid;
  /** Letters, digits, hyphen and underscore. */
  readonly room_name: string;
  /** Seconds. */
  readonly work_duration: number;
  /** Seconds. */
  readonly break_duration: number;
  readonly auto_start_break: boolean;
  readonly share_url: string;
  readonly created_at: DateTime;
  /** Proves the host in `X-Host-Token`; shown this once. */
  readonly host_token: string;
}

export interface RoomParticipant {
  /** Public; it proves nothing. */
  readonly participant_id: string;
  readonly name: string;
  readonly is_host: boolean;
  readonly joined_at: DateTime;
}

export interface Joined {
  /** Public; it proves nothing. */
  readonly participant_id: string;
  /** Makes a socket that person; shown this once. */
  readonly participant_token: string;
  readonly room_id: Uuid;
  readonly name: string;
  readonly is_host: boolean;
  readonly joined_at: DateTime;
}

export interface RoomStatistics {
  readonly period: 'today' | 'week' | 'month';
  /** That reached their target. */
  readonly completed_sessions: number;
  readonly total_focus_time_seconds: number;
  /** Seconds; 0 when none. */
  readonly average_session_duration: number;
  readonly completion_rate: number;
}

/** The query of `GET /v1/timers/{id}`. */
export interface TimerView {
  /** With its schedule, if one may read it. true/false, 1/0, yes/no, on/off. */
  readonly include_schedule?: boolean;
  /** With its todo, if one may read it. true/false, 1/0, yes/no, on/off. */
  readonly include_todo?: boolean;
  /** Which tags come along: none, its own, or also those of its schedule, else of its todo. */
  readonly tag_include_mode?: 'none' | 'timer_only' | 'inherit_from_schedule';
  /** The zone of the reply’s date-times: `UTC`, an IANA name, or an offset such as `+09:00`. */
  readonly timezone?: string;
}

/** The query of `GET /v1/tags`. */
export interface ListQuery {
  /** How many at most. */
  readonly limit?: number;
  /** Opaque, from the `Link` of the page before; all else unchanged. */
  readonly cursor?: string;
}

/** The query of `GET /v1/timers`. */
export interface TimerQuery {
  /** Whose. */
  readonly scope?: 'mine' | 'shared' | 'all';
  /** Any of these, in any case. Repeat the key or use commas. */
  readonly status?:
    'RUNNING' | 'PAUSED' | 'COMPLETED' | 'CANCELLED' | readonly ('RUNNING' | 'PAUSED' | 'COMPLETED' | 'CANCELLED')[];
  /** Without links, with a schedule, with a todo; or finished sessions of rooms one was in. */
  readonly type?: 'independent' | 'schedule' | 'todo' | 'room';
  /** Started at or after. ISO 8601; no offset means UTC; a bare date is 00:00. */
  readonly start_date?: string;
  /** Started at or before. ISO 8601; no offset means UTC; a bare date is 00:00. */
  readonly end_date?: string;
  /** Changed at or after; ISO 8601. Deletions are not told. */
  readonly updated_since?: string;
  /** With its schedule, if one may read it. true/false, 1/0, yes/no, on/off. */
  readonly include_schedule?: boolean;
  /** With its todo, if one may read it. true/false, 1/0, yes/no, on/off. */
  readonly include_todo?: boolean;
  /** Which tags come along: none, its own, or also those of its schedule, else of its todo. */
  readonly tag_include_mode?: 'none' | 'timer_only' | 'inherit_from_schedule';
  /** How many at most. */
  readonly limit?: number;
  /** Opaque, from the `Link` of the page before; all else unchanged. */
  readonly cursor?: string;
  /** The zone of the reply’s date-times: `UTC`, an IANA name, or an offset such as `+09:00`. */
  readonly timezone?: string;
}

/** The query of `GET /v1/timers/{id}/revisions`. */
export interface RevisionQuery {
  /** How many at most. */
  readonly limit?: number;
  /** Opaque, from the `Link` of the page before; all else unchanged. */
  readonly cursor?: string;
  /** The zone of the reply’s date-times: `UTC`, an IANA name, or an offset such as `+09:00`. */
  readonly timezone?: string;
}

/** The query of `GET /v1/schedules/{id}/timers`. */
export interface LinkedTimersQuery {
  /** With its schedule, if one may read it. true/false, 1/0, yes/no, on/off. */
  readonly include_schedule?: boolean;
  /** With its todo, if one may read it. true/false, 1/0, yes/no, on/off. */
  readonly include_todo?: boolean;
  /** Which tags come along: none, its own, or also those of its schedule, else of its todo. */
  readonly tag_include_mode?: 'none' | 'timer_only' | 'inherit_from_schedule';
  /** How many at most. */
  readonly limit?: number;
  /** Opaque, from the `Link` of the page before; all else unchanged. */
  readonly cursor?: string;
  /** The zone of the reply’s date-times: `UTC`, an IANA name, or an offset such as `+09:00`. */
  readonly timezone?: string;
}

/** The query of `GET /v1/schedules`. */
export interface ScheduleQuery {
  /** Ends at or after. ISO 8601; no offset means UTC; a bare date is 00:00. */
  readonly start_date: string;
  /** Starts at or before. ISO 8601; no offset means UTC; a bare date is 00:00. */
  readonly end_date: string;
  /** Whose. */
  readonly scope?: 'mine' | 'shared' | 'all';
  /** Has all of these tags. Repeat the key or use commas. */
  readonly tag_ids?: string | readonly string[];
  /** Has to do with one of these tag groups. Repeat the key or use commas. */
  readonly group_ids?: string | readonly string[];
  /** Changed at or after; ISO 8601. Deletions are not told. */
  readonly updated_since?: string;
  /** How many at most. */
  readonly limit?: number;
  /** Opaque, from the `Link` of the page before; all else unchanged. */
  readonly cursor?: string;
  /** The zone of the reply’s date-times: `UTC`, an IANA name, or an offset such as `+09:00`. */
  readonly timezone?: string;
}

/** The query of `GET /v1/todos`. */
export interface TodoQuery {
  /** Whose. */
  readonly scope?: 'mine' | 'shared' | 'all';
  /** Has all of these tags. Repeat the key or use commas. */
  readonly tag_ids?: string | readonly string[];
  /** Has to do with one of these tag groups. Repeat the key or use commas. */
  readonly group_ids?: string | readonly string[];
  /** Changed at or after; ISO 8601. Deletions are not told. */
  readonly updated_since?: string;
  /** How many at most. */
  readonly limit?: number;
  /** Opaque, from the `Link` of the page before; all else unchanged. */
  readonly cursor?: string;
  /** The zone of the reply’s date-times: `UTC`, an IANA name, or an offset such as `+09:00`. */
  readonly timezone?: string;
}

/** The query of `GET /v1/todos/stats`. */
export interface TodoStatisticsQuery {
  /** Of this tag group only. */
  readonly group_id?: string;
}

/** The query of `GET /v1/statistics`. */
export interface StatisticsQuery {
  /** The first day. */
  readonly from: DateText;
  /** The last day, at most 400 days on. */
  readonly to: DateText;
  /** Weeks begin on Monday. */
  readonly group_by?: 'day' | 'week' | 'month' | 'tag' | 'todo' | 'schedule';
  /** Sessions of rooms, too. Repeat the key or use commas. */
  readonly include?: 'rooms' | readonly 'rooms'[];
  /** The zone of the reply’s date-times: `UTC`, an IANA name, or an offset such as `+09:00`. */
  readonly timezone?: string;
}

/** The query of `GET /v1/timers/export`. */
export interface ExportQuery {
  /** Of the file. */
  readonly format?: 'csv' | 'json';
  /** The first day. */
  readonly from?: DateText;
  /** The last day. */
  readonly to?: DateText;
  /** The zone of the reply’s date-times: `UTC`, an IANA name, or an offset such as `+09:00`. */
  readonly timezone?: string;
}

/** The query of `GET /api/v1/rooms/{room_id}/statistics`. */
export interface RoomStatisticsQuery {
  /** To now. */
  readonly period?: 'today' | 'week' | 'month';
  /** Whose days. */
  readonly timezone?: string;
}

export interface Person {
  /** Public; never a user id. */
  readonly id: string;
  readonly name: string;
}

export interface FriendActivity {
  readonly friend_id: string;
  readonly display_name: string | null;
  readonly action: TimerAction;
  readonly timer_id: Uuid;
  /** Null also when the friend shares no titles. */
  readonly timer_title: string | null;
}

/** What the server tells on its sockets. */
export interface WireMessages {
  /** The socket is open. */
  readonly connected: {
    readonly user_id: string;
    readonly message: string;
  };
  /** Timers, newest first: one’s running and paused ones on connecting, then as asked. */
  readonly 'timer.sync_result': {
    readonly timers: readonly Timer[];
    readonly count: number;
    /** There are more; `GET /v1/timers` pages through them. */
    readonly truncated?: true;
    /** After `since`: the new mark. */
    readonly change_id?: string;
    /** What was missed is not known any more: the list is all there is to go by. */
    readonly resync?: true;
  };
  /** One’s timer was started, or added. */
  readonly 'timer.created': {
    readonly timer: Timer;
    readonly action: 'start' | 'update';
  };
  /** A timer changed. */
  readonly 'timer.updated': {
    readonly timer: Timer;
    readonly action: 'start' | 'pause' | 'resume' | 'stop' | 'cancel' | 'sync' | 'update';
  };
  /** A timer is gone, or may not be seen any more. */
  readonly 'timer.deleted': {
    readonly timer_id: Uuid;
    readonly revision: number;
  };
  /** What a friend does. */
  readonly 'timer.friend_activity': FriendActivity;
  /** One is in the room. */
  readonly 'room.joined': {
    readonly room: Room;
    readonly participant_id: string;
  };
  /** One is not any more. */
  readonly 'room.left': {
    readonly room_id: Uuid;
  };
  /** A command was refused, or a frame not understood. */
  readonly error: {
    readonly code: string;
    readonly message: string;
  };
  /** A room’s session reached its target. */
  readonly 'timer.completed': {
    /** On a member’s own socket: which room’s. */
    readonly room_id?: Uuid;
    readonly completed_session_type: 'work' | 'break';
    readonly next_session_type: 'work' | 'break';
    /** The next one has begun. */
    readonly auto_start: boolean;
  };
  /** Somebody came or went. */
  readonly 'room.participant': {
    /** On a member’s own socket: which room’s. */
    readonly room_id?: Uuid;
    readonly action: 'joined' | 'left';
    readonly participant: Person;
    /** People, not tabs. */
    readonly current_count: number;
  };
  /** Who is in the room, for a newcomer. */
  readonly 'room.participants': {
    /** On a member’s own socket: which room’s. */
    readonly room_id?: Uuid;
    readonly participants: readonly Person[];
    readonly current_count: number;
  };
  /** The room’s settings changed. */
  readonly 'room.updated': {
    /** On a member’s own socket: which room’s. */
    readonly room_id?: Uuid;
    readonly room: Room;
  };
  /** The connection ends in 60 seconds. */
  readonly 'auth.expiring': {
    /** When the connection ends. */
    readonly expires_at: string;
  };
  /** The connection was lengthened. */
  readonly 'auth.renewed': {
    /** When the connection ends. */
    readonly expires_at: string;
  };
  /** Here I am. */
  readonly pong: {
    /** Unix milliseconds. */
    readonly server_time: number;
    /** As the ping had it. */
    readonly sent_at?: string | number;
  };
}

export type TimerStatus = Timer['status'];
export type TimerAction = WireMessages['timer.updated']['action'];
export type TimerList = WireMessages['timer.sync_result'];
export type VisibilityLevel = Visibility['level'];
export type ResourceType = Visibility['resource_type'];
export type Scope = NonNullable<TimerQuery['scope']>;
export type ScheduleState = Schedule['state'];
export type TodoStatus = Todo['status'];
export type SessionType = RoomTimer['session_type'];
export type RoomPeriod = RoomStatistics['period'];
