import type { ClientCommand, Dialect, Endpoint, Envelope, FrameProblem, ServerMessage } from '../messages.js';
import { actionEvent } from './action-event.js';
import { typePayload } from './type-payload.js';

/** Translates one dialect: frames to commands, messages to frames. Both functions are pure. */
export interface Codec {
  /** @param frame the frame's JSON value */
  readonly decode: (frame: unknown, endpoint: Endpoint) => ClientCommand | FrameProblem;
  /** @returns the frame's JSON text, with the keys in the contracts' order */
  readonly encode: (message: ServerMessage, envelope: Envelope) => string;
}

/** The codec of each dialect. */
export const CODECS: Readonly<Record<Dialect, Codec>> = { 'type-payload': typePayload, 'action-event': actionEvent };

/** Whether the text, from `?dialect=`, names a dialect (docs/spec/sockets.md#dialects). */
export function isDialect(text: string): text is Dialect {
  return Object.hasOwn(CODECS, text);
}

/** The default dialect of each kind of socket (docs/spec/sockets.md#dialects). */
export const NATIVE_DIALECT: Readonly<Record<Endpoint, Dialect>> = { personal: 'type-payload', room: 'action-event' };
