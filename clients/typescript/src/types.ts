/**
 * What goes over the wire, written from contracts/v1.md, rooms.md and extensions.md. Keys are the server's own, so that a
 * printed answer, the API documents and these types read alike.
 */

/** ISO 8601 with offset, whole seconds (v1.md 1.4). */
export type DateTime = string;
/** `YYYY-MM-DD` */
export type DateText = string;
export type Uuid = string;

export type TimerStatus = 'RUNNING' | 'PAUSED' | 'COMPLETED' | 'CANCELLED';
export type VisibilityLevel = 'private' | 'friends' | 'selected' | 'allowed_emails' | 'public';
export type Scope = 'mine' | 'shared' | 'all';

/** One entry of a timer's history; pause, stop and cancel add the seconds worked so far (v1.md 5.2). */
export interface HistoryEntry {
  readonly action: 'start' | 'pause' | 'resume' | 'stop' | 'cancel';
  readonly at: DateTime;
  readonly elapsed?: number;
}

/** v1.md 5.1. */
export interface Timer {
  readonly id: Uuid;
  readonly owner_id: string;
  readonly schedule_id: Uuid | null;
  readonly todo_id: Uuid | null;
  readonly title: string | null;
  readonly description: string | null;
  /** Planned seconds; 0 on open-ended timers of the legacy API. */
  readonly allocated_duration: number;
  /** Seconds worked when the answer was written; {@link elapsedAt} carries it on. */
  readonly elapsed_time: number;
  readonly status: TimerStatus;
  readonly started_at: DateTime;
  readonly paused_at: DateTime | null;
  readonly ended_at: DateTime | null;
  readonly pause_history: readonly HistoryEntry[];
  readonly created_at: DateTime;
  readonly updated_at: DateTime;
  /** Only when asked for (`include_schedule`), and null on the socket. */
  readonly schedule: Schedule | null;
  readonly todo: Todo | null;
  readonly tags: readonly Tag[];
  readonly is_shared: boolean;
  readonly running_since: DateTime | null;
  /** + 1 per change; what is older than what one has is dropped. */
  readonly revision: number;
  readonly origin: 'v1' | 'legacy' | 'room';
  readonly visibility_level: VisibilityLevel | null;
  /** Of finished room sessions only (`type: 'room'`). */
  readonly session_type?: SessionType;
  readonly room_id?: Uuid;
}

/** How much of what belongs to a timer comes along (v1.md 5.4). */
export interface TimerView {
  readonly include_schedule?: boolean;
  readonly include_todo?: boolean;
  readonly tag_include_mode?: 'none' | 'timer_only' | 'inherit_from_schedule';
  readonly timezone?: string;
}

/** v1.md 1.2. `limit` is the size of a page; every page is fetched when it is come to. */
export interface ListQuery {
  readonly limit?: number;
  readonly cursor?: string;
}

export interface TimerQuery extends TimerView, ListQuery {
  readonly scope?: Scope;
  readonly status?: readonly TimerStatus[];
  readonly type?: 'independent' | 'schedule' | 'todo' | 'room';
  readonly start_date?: DateTime;
  readonly end_date?: DateTime;
  readonly updated_since?: DateTime;
}

/** v1.md 5.3. */
export interface NewTimer {
  /** Seconds, more than 0. */
  readonly allocated_duration: number;
  readonly title?: string | null;
  readonly description?: string | null;
  readonly schedule_id?: Uuid | null;
  readonly todo_id?: Uuid | null;
  readonly tag_ids?: readonly Uuid[] | null;
}

/** Absent keeps, null clears (v1.md 1.1), here and in every other patch. */
export type TimerPatch = Omit<Partial<NewTimer>, 'allocated_duration'>;

/** A stretch of work. */
export interface Segment {
  readonly start: DateTime;
  readonly end: DateTime;
}

/** extensions.md, "Repairing and adding up". */
export interface ManualTimer extends TimerPatch {
  readonly allocated_duration?: number | null;
  readonly segments: readonly Segment[];
}

export interface TimerCorrection {
  readonly segments: readonly Segment[];
  /** When given it must be the current one, else 409. */
  readonly revision?: number;
}

export interface TimerRevision {
  readonly revision: number;
  readonly action: string;
  readonly at: DateTime;
  readonly timer: Timer;
}

export type ScheduleState = 'PLANNED' | 'CONFIRMED' | 'CANCELLED';

/** v1.md 6.1. */
export interface Schedule {
  readonly id: Uuid;
  readonly title: string;
  readonly description: string | null;
  readonly start_time: DateTime;
  readonly end_time: DateTime;
  readonly recurrence_rule: string | null;
  readonly recurrence_end: DateTime | null;
  /** The master's id; only on occurrences, whose own ids are not addressable. */
  readonly parent_id: Uuid | null;
  readonly tag_group_id: Uuid | null;
  readonly source_todo_id: Uuid | null;
  readonly state: ScheduleState;
  readonly created_at: DateTime;
  readonly tags: readonly Tag[];
  readonly owner_id: string;
  readonly visibility_level: VisibilityLevel | null;
  readonly is_shared: boolean;
}

export interface NewSchedule {
  readonly title: string;
  readonly start_time: DateTime;
  readonly end_time: DateTime;
  readonly description?: string | null;
  readonly tag_ids?: readonly Uuid[] | null;
  readonly recurrence_rule?: string | null;
  readonly recurrence_end?: DateTime | null;
  readonly tag_group_id?: Uuid | null;
  readonly source_todo_id?: Uuid | null;
  readonly state?: ScheduleState | null;
  readonly create_todo_options?: { readonly tag_group_id: Uuid } | null;
}

export type SchedulePatch = Partial<Omit<NewSchedule, 'create_todo_options' | 'title'>> & {
  readonly title?: string | null;
};

export interface ScheduleQuery extends ListQuery {
  readonly start_date: DateTime;
  readonly end_date: DateTime;
  readonly scope?: Scope;
  readonly tag_ids?: readonly Uuid[];
  readonly group_ids?: readonly Uuid[];
  readonly updated_since?: DateTime;
  readonly timezone?: string;
}

export type TodoStatus = 'UNSCHEDULED' | 'SCHEDULED' | 'DONE' | 'CANCELLED';

/** v1.md 7.1. */
export interface Todo {
  readonly id: Uuid;
  readonly title: string;
  readonly description: string | null;
  readonly deadline: DateTime | null;
  readonly tag_group_id: Uuid;
  readonly parent_id: Uuid | null;
  readonly status: TodoStatus;
  readonly created_at: DateTime;
  readonly tags: readonly Tag[];
  readonly schedules: readonly Schedule[];
  readonly include_reason: 'MATCH' | 'ANCESTOR';
  readonly owner_id: string;
  readonly visibility_level: VisibilityLevel | null;
  readonly is_shared: boolean;
}

export interface NewTodo {
  readonly title: string;
  readonly tag_group_id: Uuid;
  readonly description?: string | null;
  readonly tag_ids?: readonly Uuid[] | null;
  readonly deadline?: DateTime | null;
  readonly parent_id?: Uuid | null;
  readonly status?: TodoStatus | null;
}

export type TodoPatch = Partial<NewTodo>;

export interface TodoQuery extends ListQuery {
  readonly scope?: Scope;
  readonly tag_ids?: readonly Uuid[];
  readonly group_ids?: readonly Uuid[];
  readonly updated_since?: DateTime;
  readonly timezone?: string;
}

export interface TodoStatistics {
  readonly group_id: Uuid | null;
  readonly total_count: number;
  readonly by_tag: readonly { readonly tag_id: Uuid; readonly tag_name: string; readonly count: number }[];
}

/** v1.md 8. */
export interface Tag {
  readonly id: Uuid;
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
  readonly color: string;
  readonly group_id: Uuid;
  readonly description?: string | null;
}

export type TagPatch = Partial<Omit<NewTag, 'group_id'>>;

export interface TagGroup {
  readonly id: Uuid;
  readonly name: string;
  readonly color: string;
  readonly description: string | null;
  readonly goal_ratios: Readonly<Record<string, number>> | null;
  readonly created_at: DateTime;
  readonly updated_at: DateTime;
  /** In lists and when one is read, not in answers to writes. */
  readonly tags?: readonly Tag[];
}

export interface NewTagGroup {
  readonly name: string;
  readonly color: string;
  readonly description?: string | null;
  readonly goal_ratios?: Readonly<Record<string, number>> | null;
}

export type TagGroupPatch = Partial<NewTagGroup>;

/** v1.md 9. */
export interface Profile {
  readonly id: string;
  readonly display_name: string | null;
  readonly avatar_url: string | null;
  readonly friend_code: string;
  readonly email: string | null;
  readonly activity_sharing: 'full' | 'no_title' | 'off';
  /** The default zone of statistics. */
  readonly timezone: string;
}

export type ProfilePatch = Partial<Pick<Profile, 'display_name' | 'avatar_url' | 'activity_sharing' | 'timezone'>>;

/** v1.md 10. */
export interface Friend {
  readonly user_id: string;
  readonly friendship_id: Uuid;
  readonly display_name: string | null;
  readonly avatar_url: string | null;
  readonly since: DateTime;
}

export interface Friendship {
  readonly id: Uuid;
  readonly requester_id: string;
  readonly addressee_id: string;
  readonly status: 'pending' | 'accepted' | 'blocked';
  readonly blocked_by: string | null;
  readonly created_at: DateTime;
  readonly updated_at: DateTime;
}

export interface FriendRequest {
  readonly id: Uuid;
  readonly requester_id: string;
  readonly addressee_id: string;
  readonly requester_display_name: string | null;
  readonly requester_avatar_url: string | null;
  readonly created_at: DateTime;
}

/** v1.md 11. */
export type ResourceType = 'schedule' | 'timer' | 'todo';

export interface VisibilityChoice {
  readonly level: VisibilityLevel;
  readonly allowed_user_ids?: readonly string[];
  readonly allowed_emails?: readonly string[];
  readonly allowed_domains?: readonly string[];
}

export interface Visibility extends Required<VisibilityChoice> {
  readonly id: Uuid;
  readonly resource_type: ResourceType;
  readonly resource_id: Uuid;
  readonly owner_id: string;
  readonly created_at: DateTime;
  readonly updated_at: DateTime;
}

/** extensions.md, `GET /v1/statistics`. */
export interface StatisticsQuery {
  readonly from: DateText;
  readonly to: DateText;
  readonly group_by?: 'day' | 'week' | 'month' | 'tag' | 'todo' | 'schedule';
  readonly timezone?: string;
  readonly include?: 'rooms';
}

export interface Statistics {
  readonly from: DateText;
  readonly to: DateText;
  readonly timezone: string;
  readonly group_by: string;
  readonly total_seconds: number;
  readonly timers: number;
  readonly groups: readonly {
    /** A date, an id, `room`, or null for what belongs to none. */
    readonly key: string | null;
    readonly label: string;
    readonly seconds: number;
    readonly timers: number;
  }[];
}

/** v1.md 3.1. The refresh token is absent when it is in a cookie. */
export interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly token_type: 'bearer';
  /** Seconds. */
  readonly expires_in: number;
}

export interface Session {
  readonly id: Uuid;
  readonly created_at: DateTime;
  readonly last_used_at: DateTime;
  readonly user_agent: string | null;
  readonly current: boolean;
}

/** A token of the old apps (contracts/legacy.md, "Tokens"). */
export interface LegacyToken {
  readonly id: Uuid;
  readonly label: string | null;
  readonly created_at: DateTime;
  readonly last_used_at: DateTime | null;
  readonly calls: number;
}

export type NewLegacyToken = Pick<LegacyToken, 'id' | 'label' | 'created_at'> & { readonly token: string };

export type SessionType = 'work' | 'break';

/** A room's timer (extensions.md, "Sockets"); `status` is in lower case whichever dialect told it. */
export interface RoomTimer {
  readonly status: 'idle' | 'running' | 'paused';
  readonly session_type: SessionType;
  /** Seconds left when the answer was written; {@link remainingAt} carries it on. */
  readonly remaining_seconds: number;
  readonly target_timestamp: DateTime | null;
  readonly started_at: DateTime | null;
  readonly duration_seconds: number;
  readonly revision: number;
}

/** `GET /api/v1/rooms/{id}` (rooms.md). */
export interface Room {
  readonly room_id: Uuid;
  readonly room_name: string;
  /** Seconds. */
  readonly work_duration: number;
  readonly break_duration: number;
  readonly current_participants: number;
  readonly max_participants: number;
  readonly timer_state: RoomTimer;
  readonly created_at: DateTime;
  readonly auto_start_break: boolean;
  readonly control: 'everyone' | 'host';
  readonly share_url: string;
  readonly host: { readonly participant_id: string; readonly name: string } | null;
}

export interface NewRoom {
  /** 3 to 50 of `a-z A-Z 0-9 _ -`. */
  readonly room_name: string;
  readonly work_duration_minutes?: number;
  readonly break_duration_minutes?: number;
  readonly auto_start_break?: boolean;
}

export type RoomPatch = Partial<NewRoom> & { readonly control?: 'everyone' | 'host' };

/** What creating a room gives; the host token is shown this once. */
export type CreatedRoom = Pick<
  Room,
  'room_id' | 'room_name' | 'work_duration' | 'break_duration' | 'auto_start_break' | 'share_url' | 'created_at'
> & { readonly host_token: string };

export interface RoomStatistics {
  readonly period: RoomPeriod;
  readonly completed_sessions: number;
  readonly total_focus_time_seconds: number;
  readonly average_session_duration: number;
  readonly completion_rate: number;
}

export type RoomPeriod = 'today' | 'week' | 'month';

export interface RoomParticipant {
  readonly participant_id: string;
  readonly name: string;
  readonly is_host: boolean;
  readonly joined_at: DateTime;
}

/** What joining over REST gives; the token is shown this once. */
export interface Joined extends RoomParticipant {
  readonly participant_token: string;
  readonly room_id: Uuid;
}

/** Somebody in a room, as its socket names them. */
export interface Person {
  readonly id: string;
  readonly name: string;
}
