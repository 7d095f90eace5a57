import { type ReactElement, type SubmitEvent, useState } from 'react';

import type { Profile } from '../../../../clients/typescript/src/index.js';
import { zoneName } from '../../shared/format.js';
import { metronome } from '../../shared/metronome.js';
import { common } from '../../shared/texts.js';
import { Field } from '../../shared/ui.js';
import { useAttempt, useToast } from '../toast.js';
import { texts } from './texts.js';

const SHARINGS = ['full', 'no_title', 'off'] as const;
const ZONES = [...new Set(['UTC', zoneName(), ...Intl.supportedValuesOf('timeZone')])];

export function ProfileCard({ profile }: { readonly profile: Profile }): ReactElement {
  const attempt = useAttempt();
  const showToast = useToast();
  const [wanted, setWanted] = useState(() => ({
    display_name: profile.display_name ?? '',
    timezone: profile.timezone,
    activity_sharing: profile.activity_sharing,
  }));
  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const patch = { ...wanted, display_name: wanted.display_name.trim() || null };
    if (await attempt(() => metronome.me.update(patch))) showToast(texts.saved);
  };
  return (
    <form className="card stack" aria-labelledby="profile" onSubmit={(event) => void save(event)}>
      <h2 id="profile">{texts.profile}</h2>
      <Field label={texts.name}>
        <input
          className="input"
          value={wanted.display_name}
          maxLength={50}
          autoComplete="name"
          onChange={(event) => {
            setWanted({ ...wanted, display_name: event.target.value });
          }}
        />
      </Field>
      <Field label={texts.timezone}>
        <select
          className="input"
          value={wanted.timezone}
          onChange={(event) => {
            setWanted({ ...wanted, timezone: event.target.value });
          }}
        >
          {[...new Set([wanted.timezone, ...ZONES])].map((zone) => (
            <option key={zone}>{zone}</option>
          ))}
        </select>
      </Field>
      <Field label={texts.sharing}>
        <select
          className="input"
          value={wanted.activity_sharing}
          onChange={(event) => {
            const chosen = SHARINGS.find((sharing) => sharing === event.target.value);
            if (chosen) setWanted({ ...wanted, activity_sharing: chosen });
          }}
        >
          {SHARINGS.map((sharing) => (
            <option key={sharing} value={sharing}>
              {texts.sharings[sharing]}
            </option>
          ))}
        </select>
      </Field>
      <button type="submit" className="button primary">
        {common.save}
      </button>
    </form>
  );
}
