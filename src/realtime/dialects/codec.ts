import type { ClientCommand, Dialect, Endpoint, Envelope, FrameProblem, ServerMessage } from '../messages.js';
import { actionEvent } from './action-event.js';
import { typePayload } from './type-payload.js';

/** One dialect: from what a frame says to what is meant, and back. Both are pure. */
export interface Codec {
  /** @param frame the frame's JSON value */
  readonly decode: (frame: unknown, endpoint: Endpoint) => ClientCommand | FrameProblem;
  /** @returns the frame's JSON text, its keys in the order that the contracts print them */
  readonly encode: (message: ServerMessage, envelope: Envelope) => string;
}

/** The codec of each dialect. */
export const CODECS: Readonly<Record<Dialect, Codec>> = { 'type-payload': typePayload, 'action-event': actionEvent };

/** Whether `?dialect=` names one (docs/spec/sockets.md#dialects). */
export function isDialect(text: string): text is Dialect {
  return Object.hasOwn(CODECS, text);
}

/** The dialect of a connection that names none (docs/spec/sockets.md#dialects). */
export const NATIVE_DIALECT: Readonly<Record<Endpoint, Dialect>> = { personal: 'type-payload', room: 'action-event' };
