import { EventEmitter } from 'node:events';
import type { Request, Response } from 'express';
import { pino } from 'pino';

import { requestLog } from './request-log.js';

/** The log lines of one request at this log level. */
function linesAt(level: string): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>);
  const request = { method: 'GET', route: { path: '/health' }, get: () => undefined } as unknown as Request;
  const response = Object.assign(new EventEmitter(), {
    setHeader: () => undefined,
    statusCode: 200,
    writableFinished: true,
  });
  requestLog({ logger: pino({ level }, { write }), now: () => 0 })(request, response as unknown as Response, () => {
    response.emit('close');
  });
  return lines;
}

it('is silent at info, however busy the server is', () => {
  expect(linesAt('info')).toEqual([]);
});

it('has a line for each request at debug', () => {
  expect(linesAt('debug')).toMatchObject([{ msg: 'request', method: 'GET', route: '/health', status: 200 }]);
});
