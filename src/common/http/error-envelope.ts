import type { IncomingHttpHeaders } from 'node:http';

import { Injectable } from '@nestjs/common';

/** One HTTP answer that reports a failure. */
export interface HttpFailure {
  status: number;
  /** Besides content type and what every answer carries. */
  headers: Record<string, string>;
  /** Sent as JSON. */
  body: unknown;
}

/** What an envelope may want to know of the request that failed. */
export interface FailedRequest {
  /** `GET` for a handshake. */
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** How one generation words failures, for every path below `prefix`. */
export interface ErrorEnvelope {
  /** Begins and ends with a slash: `/v1/user/`. */
  readonly prefix: string;
  /** @param error anything thrown; what is no known failure is that generation's 500 without internals */
  present(error: unknown, request: FailedRequest): HttpFailure;
}

/** The generations' envelopes; each generation registers its own when its module starts. */
@Injectable()
export class ErrorEnvelopes {
  private readonly envelopes: ErrorEnvelope[] = [];

  register(envelope: ErrorEnvelope): void {
    this.envelopes.push(envelope);
    this.envelopes.sort((one, other) => other.prefix.length - one.prefix.length);
  }

  /** The envelope with the longest prefix of this path, whether or not the path ends with a slash. */
  for(path: string): ErrorEnvelope | undefined {
    const withSlash = `${path}/`;
    return this.envelopes.find((envelope) => withSlash.startsWith(envelope.prefix));
  }
}
