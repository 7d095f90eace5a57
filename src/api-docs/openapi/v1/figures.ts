import { ExportQuery } from '../../../v1/export/export.requests.js';
import { StatisticsQuery } from '../../../v1/statistics/statistics.requests.js';
import { listOf, ref, text } from '../../schema.js';
import { STOPPED_TIMER } from '../examples.js';
import { headers, json, listNote, pathPart, type Paths, queriesOf, response } from '../parts.js';
import { ok, one, read, textOf, write } from '../v1-call.js';

/**
 * The calls of `/v1/statistics`, `/v1/timers/export` and the calendar feed
 * (docs/spec/extensions.md#correcting-and-adding-up).
 */

const DAY = { examples: ['2026-01-28'] };

const STATISTICS = {
  from: '2026-01-26',
  to: '2026-02-01',
  timezone: 'Asia/Seoul',
  group_by: 'day',
  total_seconds: 4500,
  timers: 1,
  groups: [{ key: '2026-01-28', label: '2026-01-28', seconds: 4500, timers: 1 }],
};

const CSV = [
  '"id","origin","title","description","status","started_at","ended_at","elapsed_time","allocated_duration","tags","schedule_id","todo_id"',
  `"${STOPPED_TIMER.id}","v1","작업 타이머",,"COMPLETED","2026-01-28T10:00:00Z","2026-01-28T11:30:00Z",4500,3600,"Maths",,`,
].join('\r\n');

const CALENDAR = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'PRODID:-//Metronome//EN',
  'BEGIN:VEVENT',
  'UID:019b0c1e-7a40-7c3e-9f6b-2f1d7f4c9a02',
  'DTSTART:20260129T100000Z',
  'DTEND:20260129T110000Z',
  'SUMMARY:Team meeting',
  'END:VEVENT',
  'END:VCALENDAR',
].join('\r\n');

export const FIGURE_PATHS: Paths = {
  '/v1/statistics': {
    get: read({
      id: 'getStatistics',
      summary: 'Get statistics of time worked',
      description:
        'Sums the segments of own timers of every status, including cancelled ones; a running timer counts up to now. Groups without work are omitted. A timer with two tags counts under both, and once in the total.',
      parameters: [
        ...queriesOf(StatisticsQuery, {
          from: { description: 'The first day.', ...DAY },
          to: { description: 'The last day, at most 400 days after the first.', ...DAY },
          group_by: { description: 'Weeks begin on Monday.', default: 'day' },
          include: listNote('Sessions of rooms, too.'),
        }),
      ],
      answers: { 200: one('Statistics', STATISTICS) },
      zoned: true,
    }),
  },
  '/v1/timers/export': {
    get: read({
      id: 'exportTimers',
      summary: 'Export all own timers as a file',
      parameters: [
        ...queriesOf(ExportQuery, {
          format: { description: 'The file’s format.', default: 'csv' },
          from: { description: 'The first day.', ...DAY },
          to: { description: 'The last day.', ...DAY },
        }),
      ],
      answers: {
        200: {
          description: 'RFC 4180 with a byte order mark and every text in quotes, or an array of timers; streamed.',
          content: { ...textOf('text/csv', CSV), ...json(listOf(ref('Timer')), { timers: [STOPPED_TIMER] }) },
          headers: headers('Content-Disposition'),
        },
      },
      zoned: true,
    }),
  },
  '/v1/users/me/calendar': {
    post: write({
      id: 'openCalendar',
      summary: 'Create a calendar feed, revoking an earlier one',
      answers: {
        201: {
          ...one('CalendarUrl', { url: 'http://localhost:8000/v1/calendar/q3zV0nYb6H1cQ1l0yJwXk9u2S7gT4mPd.ics' }),
          headers: headers('Cache-Control'),
        },
      },
    }),
    delete: write({ id: 'closeCalendar', summary: 'Revoke the calendar feed', answers: { 200: ok() } }),
  },
  '/v1/calendar/{secret}.ics': {
    get: read({
      id: 'readCalendar',
      summary: 'Read the calendar feed',
      parameters: [pathPart('secret', 'The secret of the feed.', text())],
      answers: {
        200: {
          description: 'RFC 5545.',
          content: textOf('text/calendar', CALENDAR),
          headers: headers('ETag', 'Cache-Control', 'Content-Disposition'),
        },
        304: { description: 'Not modified.', headers: headers('ETag', 'Cache-Control', 'Content-Disposition') },
      },
      responses: { 404: response('V1NotFound') },
      open: true,
      lenient: true,
    }),
  },
};
