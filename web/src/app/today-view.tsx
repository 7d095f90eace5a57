import { lazy, Suspense, type ReactElement, useState } from 'react';

import type { LiveTimers } from '../../../clients/typescript/src/react.js';
import { fullDayText } from '../shared/format.js';
import { metronome } from '../shared/metronome.js';
import { useLoaded } from '../shared/use-loaded.js';
import type { Activities } from './activity.js';
import { ActiveTimers } from './active-timers.js';
import { Plans } from './plans.js';
import { StartForm } from './start-form.js';
import { texts } from './texts.js';
import { TodayList } from './today-list.js';

const FriendsCard = lazy(() => import('./friends/friends-card.js'));
const WeekChart = lazy(() => import('./week-chart.js'));

interface TodayViewProps {
  readonly live: LiveTimers;
  readonly activity: Activities;
}

export function TodayView({ live, activity }: TodayViewProps): ReactElement {
  const [today] = useState(() => new Date(metronome.clock.now()));
  const profile = useLoaded(() => metronome.me.get(), []).value;
  const tags = useLoaded(() => metronome.tags.list().toArray(200), []);
  const name = profile?.display_name ?? '';
  return (
    <div className="today-view">
      <div className="today-head">
        <h1>{name === '' ? texts.views.today : texts.hello(name)}</h1>
        <p className="muted">{fullDayText(today)}</p>
      </div>
      <div className="stack">
        <ActiveTimers live={live} />
        <StartForm live={live} tags={tags.value ?? []} onTag={tags.reload} />
        <TodayList live={live} />
      </div>
      <div className="stack">
        <Plans live={live} />
        <Suspense>
          <WeekChart live={live} tags={tags.value ?? []} />
          <FriendsCard live={live} activity={activity} />
        </Suspense>
      </div>
    </div>
  );
}
