import type { IncomingHttpHeaders } from 'node:http';

import { Injectable } from '@nestjs/common';

/** An HTTP reply that reports a failure. */
export interface HttpFailure {
  status: number;
  /** Headers in addition to the content type and those of every reply. */
  headers: Record<string, string>;
  /** Sent as JSON. */
  body: unknown;
}

/** The properties of a failed request that an envelope may use. */
export interface FailedRequest {
  /** `GET` for a handshake. */
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** The error format of one API, for every path below `prefix`. */
export interface ErrorEnvelope {
  /** Begins and ends with a slash: `/v1/user/`. */
  readonly prefix: string;
  /** @param error any thrown value; an unknown one becomes the API's 500 without internal details */
  present(error: unknown, request: FailedRequest): HttpFailure;
}

/** The error envelopes of the APIs; each API registers its own when its module starts. */
@Injectable()
export class ErrorEnvelopes {
  private readonly envelopes: ErrorEnvelope[] = [];

  register(envelope: ErrorEnvelope): void {
    this.envelopes.push(envelope);
    this.envelopes.sort((one, other) => other.prefix.length - one.prefix.length);
  }

  /** The envelope with the longest prefix that matches this path, with or without a trailing slash. */
  for(path: string): ErrorEnvelope | undefined {
    const withSlash = `${path}/`;
    return this.envelopes.find((envelope) => withSlash.startsWith(envelope.prefix));
  }
}
