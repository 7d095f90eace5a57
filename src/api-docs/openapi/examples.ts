/** Example values from the specification and the original documents, used throughout. */

export const IDS = {
  timer: '019b0c1e-7a40-7c3e-9f6b-2f1d7f4c9a01',
  schedule: '019b0c1e-7a40-7c3e-9f6b-2f1d7f4c9a02',
  todo: '019b0c1e-7a40-7c3e-9f6b-2f1d7f4c9a03',
  tag: '7b0c4a52-4a0e-4a6e-8f37-0e6c1a6f7d11',
  group: '7b0c4a52-4a0e-4a6e-8f37-0e6c1a6f7d12',
  user: '7b0c4a52-4a0e-4a6e-8f37-0e6c1a6f7d13',
  friend: '7b0c4a52-4a0e-4a6e-8f37-0e6c1a6f7d14',
  friendship: '7b0c4a52-4a0e-4a6e-8f37-0e6c1a6f7d15',
  other: '7b0c4a52-4a0e-4a6e-8f37-0e6c1a6f7d16',
  room: '550e8400-e29b-41d4-a716-446655440000',
} as const;

const AT = '2026-01-28T10:00:00Z';

export const TAG = {
  id: IDS.tag,
  name: 'Maths',
  color: '#4A90D9',
  description: null,
  group_id: IDS.group,
  created_at: AT,
  updated_at: AT,
};

export const TAG_GROUP = {
  id: IDS.group,
  name: 'Study',
  color: '#4A90D9',
  description: null,
  goal_ratios: { [IDS.tag]: 0.4 },
  created_at: AT,
  updated_at: AT,
};

/** Running since its start (seeds/timer-guide-2026-01-14.md, POST /v1/timers). */
export const TIMER = {
  id: IDS.timer,
  owner_id: IDS.user,
  schedule_id: IDS.schedule,
  todo_id: null,
  title: '작업 타이머',
  description: '프로젝트 작업',
  allocated_duration: 3600,
  elapsed_time: 0,
  status: 'RUNNING',
  started_at: AT,
  paused_at: null,
  ended_at: null,
  pause_history: [{ action: 'start', at: AT }],
  created_at: AT,
  updated_at: AT,
  schedule: null,
  todo: null,
  tags: [],
  is_shared: false,
  running_since: AT,
  revision: 1,
  origin: 'v1',
  visibility_level: null,
};

export const PAUSED_TIMER = {
  ...TIMER,
  elapsed_time: 1800,
  status: 'PAUSED',
  paused_at: '2026-01-28T10:30:00Z',
  pause_history: [
    { action: 'start', at: AT },
    { action: 'pause', at: '2026-01-28T10:30:00Z', elapsed: 1800 },
  ],
  updated_at: '2026-01-28T10:30:00Z',
  running_since: null,
  revision: 2,
};

/** With the history of guide 28, which adds up to the elapsed time. */
export const STOPPED_TIMER = {
  ...TIMER,
  elapsed_time: 4500,
  status: 'COMPLETED',
  ended_at: '2026-01-28T11:30:00Z',
  pause_history: [
    { action: 'start', at: '2026-01-28T10:00:00Z' },
    { action: 'pause', at: '2026-01-28T10:30:00Z', elapsed: 1800 },
    { action: 'resume', at: '2026-01-28T10:35:00Z' },
    { action: 'pause', at: '2026-01-28T10:50:00Z', elapsed: 2700 },
    { action: 'resume', at: '2026-01-28T11:00:00Z' },
    { action: 'stop', at: '2026-01-28T11:30:00Z', elapsed: 4500 },
  ],
  updated_at: '2026-01-28T11:30:00Z',
  running_since: null,
  revision: 6,
};

export const SCHEDULE = {
  id: IDS.schedule,
  title: 'Team meeting',
  description: null,
  start_time: '2026-01-29T10:00:00Z',
  end_time: '2026-01-29T11:00:00Z',
  recurrence_rule: 'FREQ=WEEKLY;BYDAY=TH',
  recurrence_end: null,
  parent_id: null,
  tag_group_id: null,
  source_todo_id: null,
  state: 'PLANNED',
  created_at: AT,
  tags: [TAG],
  owner_id: IDS.user,
  visibility_level: null,
  is_shared: false,
};

export const TODO = {
  id: IDS.todo,
  title: 'Exercise sheet 4',
  description: null,
  deadline: null,
  tag_group_id: IDS.group,
  parent_id: null,
  status: 'UNSCHEDULED',
  created_at: AT,
  tags: [TAG],
  schedules: [],
  include_reason: 'MATCH',
  owner_id: IDS.user,
  visibility_level: null,
  is_shared: false,
};

export const USER = {
  id: IDS.user,
  display_name: 'Alice',
  avatar_url: null,
  friend_code: 'q3zV0nYb6H1cQ1l0yJwXk9u2S7gT4mPdRfE5aNhLoBc',
  email: 'alice@example.com',
  activity_sharing: 'full',
  timezone: 'Asia/Seoul',
};

export const FRIENDSHIP = {
  id: IDS.friendship,
  requester_id: IDS.user,
  addressee_id: IDS.friend,
  status: 'pending',
  blocked_by: null,
  created_at: AT,
  updated_at: AT,
};

export const VISIBILITY = {
  id: IDS.other,
  resource_type: 'timer',
  resource_id: IDS.timer,
  owner_id: IDS.user,
  level: 'selected',
  allowed_user_ids: [IDS.friend],
  allowed_emails: [],
  allowed_domains: [],
  created_at: AT,
  updated_at: AT,
};

/** seeds/focus-mate-rooms.md 3.2. */
export const ROOM_TIMER = {
  status: 'running',
  session_type: 'work',
  remaining_seconds: 1234,
  target_timestamp: '2025-12-04T10:25:00Z',
  started_at: '2025-12-04T10:00:00Z',
  duration_seconds: 1500,
  revision: 3,
};

export const IDLE_ROOM_TIMER = {
  ...ROOM_TIMER,
  status: 'idle',
  remaining_seconds: 1500,
  target_timestamp: null,
  started_at: null,
  revision: 4,
};

const SHARE_URL = `http://localhost:3000/room/${IDS.room}`;

export const ROOM = {
  room_id: IDS.room,
  room_name: 'team-alpha',
  work_duration: 1500,
  break_duration: 300,
  current_participants: 3,
  max_participants: 50,
  timer_state: ROOM_TIMER,
  created_at: '2025-12-04T09:00:00Z',
  auto_start_break: true,
  control: 'everyone',
  share_url: SHARE_URL,
  host: { participant_id: 'user-123', name: 'Alice' },
};

export const CREATED_ROOM = {
  room_id: IDS.room,
  room_name: 'team-alpha',
  work_duration: 1500,
  break_duration: 300,
  auto_start_break: true,
  share_url: SHARE_URL,
  created_at: '2025-12-04T10:00:00Z',
  host_token: 'fJ2c0kq7n0T6m3r8VwXyZ1aB4dE5gH9iL_oPsUv-Q2w',
};
