import { type ExecutionContext, SetMetadata } from '@nestjs/common';

/**
 * Reads and validates a call's body before the call's interceptors run.
 * @returns the part of the body that distinguishes one request from another
 */
export type PrepareBody = (context: ExecutionContext) => Promise<unknown>;

export const PREPARE_BODY = 'metronome:prepare-body';

/** Sets how to read a call's body, for code that needs it before the call's own interceptors run. */
export const PreparesBody = (prepare: PrepareBody) => SetMetadata(PREPARE_BODY, prepare);
