import { type ReactElement, useEffect, useState } from 'react';

import type { Statistics, Tag } from '../../../clients/typescript/src/index.js';
import type { LiveTimers } from '../../../clients/typescript/src/react.js';
import { dayText, durationText, localDate, weekdayText, zoneName } from '../shared/format.js';
import { metronome } from '../shared/metronome.js';
import { Segments } from '../shared/ui.js';
import { useLoaded } from '../shared/use-loaded.js';
import { addDays, mondayOf } from './days.js';
import { TagDot } from './tag-list.js';
import { texts } from './texts.js';

type Week = 'this' | 'last';

interface WeekChartProps {
  readonly live: LiveTimers;
  readonly tags: readonly Tag[];
}

interface WeekTimes {
  readonly days: readonly { readonly date: Date; readonly times: Statistics }[];
  readonly whole: Statistics;
}

/** A week's time by day and tag. */
export default function WeekChart({ live, tags }: WeekChartProps): ReactElement {
  const [week, setWeek] = useState<Week>('this');
  const loaded = useLoaded(() => timesOf(week), [week, live.ended]);
  const { reload } = loaded;
  useEffect(() => live.socket.on('timer.deleted', reload), [live.socket, reload]);
  return (
    <section className="card" aria-labelledby="week">
      <div className="card-head">
        <h2 id="week">{loaded.value ? durationText(loaded.value.whole.total_seconds) : texts.week}</h2>
        <Segments
          label={texts.whichWeek}
          value={week}
          options={[
            ['this', texts.week],
            ['last', texts.lastWeek],
          ]}
          onChange={setWeek}
          compact
        />
      </div>
      {loaded.value && <Chart times={loaded.value} colors={colorsOf(tags)} />}
    </section>
  );
}

async function timesOf(week: Week): Promise<WeekTimes> {
  const monday = addDays(mondayOf(new Date(metronome.clock.now())), week === 'this' ? 0 : -7);
  const dates = Array.from({ length: 7 }, (_, index) => addDays(monday, index));
  const read = (from: Date, to: Date) =>
    metronome.statistics.get({
      from: localDate(from),
      to: localDate(to),
      group_by: 'tag',
      include: ['rooms'],
      timezone: zoneName(),
    });
  const [whole, ...days] = await Promise.all([
    read(monday, addDays(monday, 6)),
    ...dates.map((date) => read(date, date)),
  ]);
  return { whole, days: dates.flatMap((date, at) => (days[at] ? [{ date, times: days[at] }] : [])) };
}

type Colors = ReadonlyMap<string | null, string>;

const colorsOf = (tags: readonly Tag[]): Colors => new Map(tags.map(({ id, color }) => [id, color]));

type Group = Statistics['groups'][number];

const colorOf = ({ key }: Group, colors: Colors): string =>
  key === 'room' ? 'var(--break)' : (colors.get(key) ?? 'var(--control-line)');

function labelOf({ key, label }: Group): string {
  if (key === null) return texts.noTag;
  return key === 'room' ? texts.rooms : label;
}

interface ChartProps {
  readonly times: WeekTimes;
  readonly colors: Colors;
}

const HOUR = 3_600;

function Chart({ times: { days, whole }, colors }: ChartProps): ReactElement {
  const most = Math.max(HOUR, ...days.map(({ times }) => times.total_seconds));
  return (
    <>
      <div className="columns" aria-hidden="true">
        {days.map(({ date, times }) => (
          <div key={date.getTime()} className="column">
            <span className="column-bar">
              <Column times={times} most={most} colors={colors} />
            </span>
            <span className="column-name">{weekdayText(date)}</span>
          </div>
        ))}
      </div>
      <ul className="legend">
        {whole.groups
          .filter(({ seconds }) => seconds > 0)
          .map((group) => (
            <li key={group.key} className="row">
              <TagDot color={colorOf(group, colors)} />
              <span className="grow">{labelOf(group)}</span>
              <span className="muted">{durationText(group.seconds)}</span>
            </li>
          ))}
      </ul>
      <Table days={days} />
    </>
  );
}

interface ColumnProps {
  readonly times: Statistics;
  readonly most: number;
  readonly colors: Colors;
}

/**
 * As tall as the day's total. A timer with two tags counts half for each, whereas the server counts it in full under
 * both.
 */
function Column({ times: { groups, total_seconds: total }, most, colors }: ColumnProps): ReactElement[] {
  const counted = groups.reduce((sum, { seconds }) => sum + seconds, 0);
  return groups
    .filter(({ seconds }) => seconds > 0)
    .map((group) => (
      <span
        key={group.key}
        className="column-part"
        style={{
          height: `${(group.seconds / counted) * (total / most) * 100}%`,
          background: colorOf(group, colors),
        }}
      />
    ));
}

/** The chart as a table, for screen readers. */
function Table({ days }: Pick<WeekTimes, 'days'>): ReactElement {
  return (
    <table className="visually-hidden">
      <caption>{texts.weekTable}</caption>
      <thead>
        <tr>
          <th scope="col">{texts.day}</th>
          <th scope="col">{texts.time}</th>
        </tr>
      </thead>
      <tbody>
        {days.map(({ date, times }) => (
          <tr key={date.getTime()}>
            <th scope="row">{dayText(date)}</th>
            <td>{durationText(times.total_seconds)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
