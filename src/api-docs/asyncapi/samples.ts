import { IDS, PAUSED_TIMER, ROOM, ROOM_TIMER, TIMER } from '../openapi/examples.js';

/** Examples from the original documents (timer-guide-2026-01-28.md, focus-mate-rooms.md 4). */

const { id, ...rest } = PAUSED_TIMER;

export const SAMPLES = {
  connected: { user_id: IDS.user, message: 'Connected to timer WebSocket' },
  created: { timer: TIMER, action: 'start' },
  updated: { timer: PAUSED_TIMER, action: 'pause' },
  deleted: { timer_id: IDS.timer, revision: 3 },
  list: { timers: [TIMER], count: 1 },
  actionEventTimer: { timer_id: id, ...rest, status: 'paused' },
  roomState: ROOM_TIMER,
  roomTimer: { room_id: IDS.room, ...ROOM_TIMER, status: 'RUNNING' },
  room: ROOM,
  completed: { completed_session_type: 'work', next_session_type: 'break', auto_start: true },
  participant: { id: 'user-123', name: 'Alice' },
  activity: {
    friend_id: IDS.friend,
    display_name: 'Bob',
    action: 'start',
    timer_id: IDS.timer,
    timer_title: '작업 타이머',
  },
  pong: { server_time: 1_769_594_400_123, sent_at: 1_769_594_400_100 },
  expires: { expires_at: '2026-01-28T10:15:00Z' },
  newTimer: {
    allocated_duration: 3600,
    title: '작업 타이머',
    description: '프로젝트 작업',
    tag_ids: [],
  },
  timerId: { timer_id: IDS.timer },
  roomId: { room_id: IDS.room },
  token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI3YjBjIn0.c2lnbmF0dXJl',
  roomAt: '2025-12-04T10:04:26Z',
} as const;
