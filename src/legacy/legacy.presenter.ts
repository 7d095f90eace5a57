import { Inject, Injectable } from '@nestjs/common';

import { SETTINGS, type Settings } from '../config/settings.js';

/** A response body of the legacy API; its keys are sent in this order. */
export type LegacyBody = Readonly<Record<string, unknown>>;

/** Builds the response bodies and headers of the legacy API (docs/spec/legacy.md#calls). */
@Injectable()
export class LegacyPresenter {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /**
   * The body of start and stop for 200 and 409. The seed spells the key `detial`, while real clients read `detail`:
   * both are sent, unless `LEGACY_STRICT_BODY` asks for exactly the seed's bytes.
   */
  timer(status: number, text: string): LegacyBody {
    if (this.settings.legacy.strictBody) return { status, detial: text, data: {} };
    return { status, detial: text, detail: text, data: {} };
  }

  /** The body of 400 errors and of the sign-in calls. */
  plain(status: number, text: string, data: LegacyBody = {}): LegacyBody {
    return { status, detail: text, data };
  }

  /** The body of errors that are not specific to a call, such as 404, 405, 413, 415, 429, 500 and 503. */
  fault(status: number, text: string): LegacyBody {
    return { detail: text, status, data: {} };
  }

  /** Headers of every response: the date of deprecation and the successor's address (docs/spec/legacy.md#calls). */
  headers(): Record<string, string> {
    return {
      Deprecation: '@1769558400',
      Link: `<${this.settings.http.publicUrl}/docs#legacy>; rel="successor-version"`,
    };
  }
}
