import { type ExecutionContext, SetMetadata } from '@nestjs/common';

/** Reads and checks a call's body before anything else looks at it. @returns what of it tells one request from another */
export type PrepareBody = (context: ExecutionContext) => Promise<unknown>;

export const PREPARE_BODY = 'metronome:prepare-body';

/** How a call's body is read, for whoever has to look at it before the call's own interceptors do. */
export const PreparesBody = (prepare: PrepareBody) => SetMetadata(PREPARE_BODY, prepare);
