import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { packageRoot } from '../../src/common/package.js';

const HEADERS = { 'content-type': 'application/json; charset=utf-8', 'x-request-id': 'a', 'x-server-time': 1 };
const HEALTH = { status: 'healthy', timestamp: '2026-01-28T10:00:00Z', version: '1.0.0' };
const http = (path: string, change: object = {}): object => ({
  kind: 'http',
  method: 'GET',
  path,
  status: 200,
  headers: HEADERS,
  body: HEALTH,
  ...change,
});
const frame = (said: object, more: object = {}): object => ({
  kind: 'frame',
  endpoint: 'room',
  direction: 'toClient',
  isMeant: true,
  frame: said,
  ...more,
});
const PONG = { event: 'pong', data: { server_time: 1 }, timestamp: '2026-01-28T10:00:00Z' };

/** What the check says about these records. */
function check(records: readonly object[]): { status: number | null; wrong: string; unseen: string } {
  const folder = mkdtempSync(join(tmpdir(), 'metronome-recordings-'));
  writeFileSync(join(folder, '1.jsonl'), records.map((record) => JSON.stringify(record)).join('\n'));
  const script = join(packageRoot, 'test', 'recorded', 'check-api-docs.mjs');
  const { status, stdout } = spawnSync(process.execPath, [script, folder], { encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  const [wrong = '', unseen = ''] = stdout.split('Documented and never seen:');
  return { status, wrong, unseen };
}

describe('the check of the documents', () => {
  it('tells what is not documented: routes, statuses, fields, headers, frames and what was taken', () => {
    const { status, wrong } = check([
      http('/v1/nowhere'),
      http('/health', { status: 418 }),
      http('/health', { body: { ...HEALTH, uptime: 3 } }),
      http('/health', { body: { status: 'healthy', version: '1' } }),
      http('/health', { headers: { ...HEADERS, 'x-mood': 'good' } }),
      http('/health/', { headers: { 'content-type': 'application/json', 'x-request-id': 'a' } }),
      http('/health', { headers: { ...HEADERS, 'content-type': 'text/html' } }),
      http('/v1/tags', { method: 'POST', status: 201, asked: { type: 'application/json', body: { name: 3 } } }),
      frame({ ...PONG, event: 'gong' }),
      frame({ ...PONG, data: { server_time: 'late' } }),
      frame({ action: 'dance', id: 1 }, { direction: 'toServer' }),
    ]);
    for (const said of [
      'GET /v1/nowhere 200: this route is not documented',
      'GET /health 418: this status is not documented',
      'GET /health 200: body: / must NOT have additional properties (uptime)',
      `GET /health 200: body: / must have required property 'timestamp'`,
      'GET /health 200: header x-mood is not documented',
      'GET /health 200: header x-server-time is missing',
      'GET /health 200: content type text/html is not documented',
      'POST /v1/tags 201: was taken: / must have required property',
      'room.action-event.toClient "gong": this frame is not documented',
      'room.action-event.toClient "pong": /data/server_time must be integer',
      'room.action-event.toServer "dance": this frame is not documented',
    ])
      expect(wrong).toContain(said);
    expect(status).toBe(1);
  });

  it('counts what was seen, and tells what never was', () => {
    const { status, wrong, unseen } = check([
      http('/health'),
      frame(PONG),
      // What a test sent to be refused is no matter.
      frame({ action: 'dance' }, { direction: 'toServer', isMeant: false }),
    ]);
    expect(wrong).toBe('');
    expect(unseen).not.toContain('getHealth 200');
    expect(unseen).not.toContain('room.action-event.pong\n');
    expect(unseen).toContain('getRoomsHealth 200');
    expect(unseen).toContain('room.action-event.timer_update\n');
    expect(unseen).toContain('Timer.revision\n');
    expect(status).toBe(1);
  });
});
