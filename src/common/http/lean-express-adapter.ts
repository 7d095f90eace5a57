import { createServer, IncomingMessage, type RequestListener, ServerResponse } from 'node:http';

import { type NestApplicationOptions, StreamableFile } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Express, Response } from 'express';

import { isFresh } from './freshness.js';
import { isExpired } from './request-deadline.js';

/** Express without the two steps that cost more than the rest of a request (bench/rest-pause-resume.ts). */
export class LeanExpressAdapter extends ExpressAdapter {
  /**
   * Express changes the prototype of each request and response. V8 then creates a new hidden class for each of these
   * objects, which makes every later access slow and leaves 11 kB of garbage (ADR 0015). The objects created here have
   * the prototype that Express would set from the start.
   */
  override initHttpServer(options: NestApplicationOptions): void {
    const express = this.getInstance<Express>();
    class Request extends IncomingMessage {}
    class Answer extends ServerResponse {}
    express.request = derived(Request.prototype, express.request);
    express.response = derived(Answer.prototype, express.response);
    Object.defineProperty(express.request, 'fresh', {
      get(this: IncomingMessage) {
        return isFresh(this);
      },
    });
    this.httpServer = createServer({ IncomingMessage: Request, ServerResponse: Answer }, express as RequestListener);
    // As in the overridden method, which creates its own server.
    if (options.forceCloseConnections) (this as unknown as Tracking).trackOpenConnections();
  }

  /**
   * Sends JSON as one string, which Node writes together with the head. Express would convert it to a buffer, check the
   * client's cache, and write head and body separately; clients do not cache timers.
   */
  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    if (isExpired(response)) return undefined;
    if (typeof body !== 'object' || body === null || body instanceof StreamableFile || Buffer.isBuffer(body)) {
      return super.reply(response, body, statusCode);
    }
    if (statusCode !== undefined) response.statusCode = statusCode;
    const text = JSON.stringify(body);
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.setHeader('Content-Length', Buffer.byteLength(text));
    return response.end(text);
  }
}

interface Tracking {
  trackOpenConnections(): void;
}

/** Makes `prototype` inherit from `from`. */
function derived<Prototype extends object>(prototype: object, from: Prototype): Prototype {
  return Object.setPrototypeOf(prototype, from) as Prototype;
}
