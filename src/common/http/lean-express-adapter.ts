import { createServer, IncomingMessage, type RequestListener, ServerResponse } from 'node:http';

import { type NestApplicationOptions, StreamableFile } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import type { Express, Response } from 'express';

import { isFresh } from './freshness.js';
import { isExpired } from './request-deadline.js';

/** Express, but for two things that cost more than all the rest of a request (bench/rest-pause-resume.ts). */
export class LeanExpressAdapter extends ExpressAdapter {
  /**
   * Express gives each request and answer its own prototype when they come in, and V8 makes a new hidden class for each
   * object that this is done to: whatever touches it afterwards is slow, and 11 kB of garbage are left (ADR 0015). Those
   * that Node makes here have the prototype that Express would give them from the start.
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
    // As the overridden method does it, which makes a server of its own.
    if (options.forceCloseConnections) (this as unknown as Tracking).trackOpenConnections();
  }

  /**
   * JSON leaves as one string, which Node sends together with the head in one write. Express makes a buffer of it, asks
   * whether the client has it already, and sends head and body apart; and nobody caches a timer.
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

/** A class's prototype that has all that another one has. */
function derived<Prototype extends object>(prototype: object, from: Prototype): Prototype {
  return Object.setPrototypeOf(prototype, from) as Prototype;
}
