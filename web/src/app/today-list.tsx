import { lazy, Suspense, type ReactElement, useCallback, useEffect, useState } from 'react';

import { elapsedAt, isActive, mergeTimers, type Timer } from '../../../clients/typescript/src/index.js';
import type { LiveTimers } from '../../../clients/typescript/src/react.js';
import { durationText, timeText } from '../shared/format.js';
import { Icon } from '../shared/icons.js';
import { metronome } from '../shared/metronome.js';
import { useEverySecond } from '../shared/seconds.js';
import { IconButton } from '../shared/ui.js';
import { useLoaded } from '../shared/use-loaded.js';
import { titleOf } from './active-timers.js';
import { dayStart } from './days.js';
import { TagList } from './tag-list.js';
import { texts } from './texts.js';

const SHOWN = 100;

const ManualDialog = lazy(() => import('./manual-dialog.js'));
const RepairDialog = lazy(() => import('./repair-dialog.js'));

interface TodayListProps {
  readonly live: LiveTimers;
}

/** All timers started today, including a room's sessions. */
export function TodayList({ live }: TodayListProps): ReactElement {
  const timers = useTodaysTimers(live);
  const [repairing, setRepairing] = useState<Timer>();
  const [isAdding, setAdding] = useState(false);
  return (
    <section className="card" aria-labelledby="today">
      <div className="card-head">
        <h2 id="today">{texts.today}</h2>
        <Total timers={timers} />
        <button
          type="button"
          className="button small plain"
          onClick={() => {
            setAdding(true);
          }}
        >
          <Icon name="plus" />
          {texts.addManual}
        </button>
      </div>
      {timers.length === 0 && <p className="empty">{texts.noTimers}</p>}
      <ul className="lines">
        {timers.map((timer) => (
          <Line key={timer.id} timer={timer} onRepair={setRepairing} />
        ))}
      </ul>
      <Suspense>
        {repairing && (
          <RepairDialog
            timer={repairing}
            onClose={() => {
              setRepairing(undefined);
            }}
          />
        )}
        {isAdding && (
          <ManualDialog
            onClose={() => {
              setAdding(false);
            }}
          />
        )}
      </Suspense>
    </section>
  );
}

/** The server's list, updated by live changes; fetched again after a deletion. */
function useTodaysTimers({ socket, timers, ended }: LiveTimers): readonly Timer[] {
  const [start] = useState(() => dayStart(new Date(metronome.clock.now())));
  const listed = useLoaded(async () => {
    const day = { start_date: start.toISOString(), tag_include_mode: 'timer_only' } as const;
    const lists = [metronome.timers.list(day), metronome.timers.list({ ...day, type: 'room' })];
    return (await Promise.all(lists.map((list) => list.toArray(SHOWN)))).flat();
  }, [start]);
  const { reload } = listed;
  useEffect(() => socket.on('timer.deleted', reload), [socket, reload]);
  const known = new Set(listed.value?.map(({ id }) => id));
  const recent = [...timers, ...ended].filter(
    ({ id, started_at: at }) => known.has(id) || Date.parse(at) >= start.getTime(),
  );
  const all = mergeTimers(listed.value ?? [], recent);
  return all.sort((one, other) => Date.parse(other.started_at) - Date.parse(one.started_at));
}

function Total({ timers }: { readonly timers: readonly Timer[] }): ReactElement {
  const sum = useCallback(() => {
    const now = metronome.clock.now();
    return timers.reduce((total, timer) => total + elapsedAt(timer, now), 0);
  }, [timers]);
  return (
    <span className="grow muted small">
      {texts.total} {durationText(useEverySecond(sum))}
    </span>
  );
}

interface LineProps {
  readonly timer: Timer;
  readonly onRepair: (timer: Timer) => void;
}

function Line({ timer, onRepair }: LineProps): ReactElement {
  const read = useCallback(() => durationText(elapsedAt(timer, metronome.clock.now())), [timer]);
  const duration = useEverySecond(read);
  const isEditable = !isActive(timer) && timer.origin !== 'room';
  return (
    <li className="line">
      <span className="line-time">{timeText(timer.started_at)}</span>
      <span className="grow line-words">
        <span className={timer.status === 'CANCELLED' ? 'discarded' : undefined}>{titleOf(timer)}</span>
        {isActive(timer) && <span className="badge live-badge">{texts.statuses[timer.status]}</span>}
        {timer.status === 'CANCELLED' && <span className="badge">{texts.statuses.CANCELLED}</span>}
        {timer.origin !== 'v1' && <span className="badge">{texts.origins[timer.origin]}</span>}
        <TagList tags={timer.tags} />
      </span>
      <span className="line-duration">{duration}</span>
      {isEditable ? (
        <IconButton
          name="edit"
          label={texts.edit(titleOf(timer))}
          onClick={() => {
            onRepair(timer);
          }}
        />
      ) : (
        <span className="icon-space" />
      )}
    </li>
  );
}
