import { type ReactElement, useEffect, useState } from 'react';

import type { RoomPeriod, RoomSocket, RoomStatistics } from '../../../clients/typescript/src/index.js';
import { durationText, zoneName } from '../shared/format.js';
import { metronome } from '../shared/metronome.js';
import { Segments } from '../shared/ui.js';
import { texts } from './texts.js';

interface StatisticsProps {
  readonly socket: RoomSocket;
  readonly roomId: string;
}

/** The room's statistics, fetched again whenever a session ends. */
export function Statistics({ socket, roomId }: StatisticsProps): ReactElement {
  const [period, setPeriod] = useState<RoomPeriod>('today');
  const [counted, setCounted] = useState<RoomStatistics>();
  useEffect(() => {
    let isWanted = true;
    const read = (): void => {
      metronome.rooms.statistics(roomId, { period, timezone: zoneName() }).then(
        (statistics) => {
          if (isWanted) setCounted(statistics);
        },
        () => undefined,
      );
    };
    read();
    const stops = [socket.on('timer.completed', read), socket.on('room.participants', read), onReset(socket, read)];
    return () => {
      isWanted = false;
      for (const stop of stops) stop();
    };
  }, [socket, roomId, period]);
  return (
    <section className="card" aria-labelledby="statistics">
      <div className="card-head">
        <h2 id="statistics">{texts.statistics}</h2>
        <Segments
          label={texts.period}
          value={period}
          options={(['today', 'week', 'month'] as const).map((value) => [value, texts.periods[value]] as const)}
          onChange={setPeriod}
          compact
        />
      </div>
      {counted && <Counted counted={counted} />}
    </section>
  );
}

/** A reset interrupts a session, which counts too. */
const onReset = (socket: RoomSocket, call: () => void): (() => void) =>
  socket.on('room.timer', ({ timer }) => {
    if (timer.status === 'idle') call();
  });

/** The number of interrupted sessions, from the share in hundredths that the server gives (docs/spec/rooms.md#statistics). */
const interruptedOf = ({ completed_sessions: completed, completion_rate: rate }: RoomStatistics): number =>
  rate > 0 ? Math.round(completed / rate - completed) : 0;

/** As many marks as fit in two lines. */
const MARKS = 32;

function Counted({ counted }: { readonly counted: RoomStatistics }): ReactElement {
  const { completed_sessions: completed, total_focus_time_seconds: seconds } = counted;
  const interrupted = interruptedOf(counted);
  if (completed === 0) return <p className="empty">{texts.noSessions}</p>;
  const label = [texts.sessions(completed), interrupted > 0 ? texts.interrupted(interrupted) : ''];
  const text = label.filter(Boolean).join(', ');
  return (
    <div className="counted">
      <p className="counted-time">{durationText(seconds)}</p>
      <div className="marks" role="img" aria-label={text}>
        {Array.from({ length: Math.min(MARKS, completed) }, (_, index) => (
          <span key={index} className="mark" />
        ))}
        {Array.from({ length: Math.min(MARKS - Math.min(MARKS, completed), interrupted) }, (_, index) => (
          <span key={`interrupted-${index}`} className="mark broken" />
        ))}
      </div>
      <p className="muted small" aria-hidden="true">
        {text}
      </p>
    </div>
  );
}
