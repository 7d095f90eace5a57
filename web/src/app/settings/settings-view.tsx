import type { ReactElement } from 'react';

import { metronome } from '../../shared/metronome.js';
import { useLoaded } from '../../shared/use-loaded.js';
import { texts as frame } from '../texts.js';
import { AccountCard } from './account-card.js';
import { CalendarCard } from './calendar-card.js';
import { ExportCard } from './export-card.js';
import { ProfileCard } from './profile-card.js';
import { TokensCard } from './tokens-card.js';

export default function SettingsView(): ReactElement {
  const profile = useLoaded(() => metronome.me.get(), []);
  return (
    <div className="today-view">
      <h1 className="today-head">{frame.views.settings}</h1>
      <div className="stack">
        {profile.value && <ProfileCard profile={profile.value} />}
        <TokensCard />
      </div>
      <div className="stack">
        <CalendarCard />
        <ExportCard />
        {profile.value && <AccountCard email={profile.value.email} />}
      </div>
    </div>
  );
}
