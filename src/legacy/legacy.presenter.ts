import { Inject, Injectable } from '@nestjs/common';

import { SETTINGS, type Settings } from '../config/settings.js';

/** A body of the legacy API, its keys in the order they are sent in. */
export type LegacyBody = Readonly<Record<string, unknown>>;

/** How the legacy API words what it says (docs/spec/legacy.md#calls). */
@Injectable()
export class LegacyPresenter {
  constructor(@Inject(SETTINGS) private readonly settings: Settings) {}

  /**
   * What start and stop answer with 200 and 409. The seed spells the key `detial`, real clients read `detail`: both are
   * sent, unless `LEGACY_STRICT_BODY` asks for the seed's bytes alone.
   */
  timer(status: number, text: string): LegacyBody {
    if (this.settings.legacy.strictBody) return { status, detial: text, data: {} };
    return { status, detial: text, detail: text, data: {} };
  }

  /** The 400 row, and what the sign-in calls answer. */
  plain(status: number, text: string, data: LegacyBody = {}): LegacyBody {
    return { status, detail: text, data };
  }

  /** What is wrong apart from the call's own rows: 404, 405, 413, 415, 429, 500, 503. */
  fault(status: number, text: string): LegacyBody {
    return { detail: text, status, data: {} };
  }

  /** On every answer: since when there is something newer, and where (docs/spec/legacy.md#calls). */
  headers(): Record<string, string> {
    return {
      Deprecation: '@1769558400',
      Link: `<${this.settings.http.publicUrl}/docs#legacy>; rel="successor-version"`,
    };
  }
}
