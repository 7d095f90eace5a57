import { type ReactElement, type SubmitEvent, useState } from 'react';

import type { NewTimer, Schedule, Todo } from '../../../clients/typescript/src/index.js';
import type { LiveTimers } from '../../../clients/typescript/src/react.js';
import { timeText } from '../shared/format.js';
import { Icon } from '../shared/icons.js';
import { metronome } from '../shared/metronome.js';
import { useLoaded } from '../shared/use-loaded.js';
import { dayStart } from './days.js';
import { defaultGroup } from './default-group.js';
import { useAttempt } from './toast.js';
import { texts } from './texts.js';

const SHOWN = 50;
const USUAL_SECONDS = 1_500;
const HOUR_MS = 3_600_000;

interface PlansProps {
  readonly live: LiveTimers;
}

/** Today's schedules and open todos, each with a button that starts its timer. */
export function Plans({ live }: PlansProps): ReactElement {
  const attempt = useAttempt();
  const schedules = useLoaded(todaysSchedules, []);
  const todos = useLoaded(openTodos, []);
  const start = (timer: NewTimer) => void attempt(() => live.start(timer));
  const finish = (todo: Todo): void => {
    void attempt(() => metronome.todos.update(todo.id, { status: 'DONE' })).then(todos.reload);
  };
  const isEmpty = schedules.value?.length === 0 && todos.value?.length === 0;
  return (
    <section className="card stack" aria-labelledby="plans">
      <h2 id="plans">{texts.plans}</h2>
      {isEmpty && <p className="muted small">{texts.noPlans}</p>}
      <ul className="lines">
        {schedules.value?.map((schedule) => (
          <li key={schedule.id} className="line">
            <span className="line-time">{timeText(schedule.start_time)}</span>
            <span className="grow">{schedule.title}</span>
            <StartButton
              title={schedule.title}
              onPress={() => {
                start(timerForSchedule(schedule));
              }}
            />
          </li>
        ))}
        {todos.value?.map((todo) => (
          <li key={todo.id} className="line">
            <button
              type="button"
              className="tick"
              aria-label={texts.done(todo.title)}
              title={texts.done(todo.title)}
              onClick={() => {
                finish(todo);
              }}
            />
            <span className="grow">{todo.title}</span>
            <StartButton
              title={todo.title}
              onPress={() => {
                start(timerForTodo(todo));
              }}
            />
          </li>
        ))}
      </ul>
      <NewPlan
        onAdded={() => {
          schedules.reload();
          todos.reload();
        }}
      />
    </section>
  );
}

interface StartButtonProps {
  readonly title: string;
  readonly onPress: () => void;
}

function StartButton({ title, onPress }: StartButtonProps): ReactElement {
  const label = texts.startFor(title);
  return (
    <button type="button" className="icon-button start-plan" aria-label={label} title={label} onClick={onPress}>
      <Icon name="play" />
    </button>
  );
}

const todaysSchedules = (): Promise<Schedule[]> => {
  const start = dayStart(new Date(metronome.clock.now()));
  const end = new Date(start.getTime() + 24 * HOUR_MS - 1_000);
  const range = { start_date: start.toISOString(), end_date: end.toISOString() };
  return metronome.schedules.list(range).toArray(SHOWN);
};

async function openTodos(): Promise<Todo[]> {
  const todos = await metronome.todos.list().toArray(500);
  const open = todos.filter(({ status }) => status === 'UNSCHEDULED' || status === 'SCHEDULED');
  // A todo that is scheduled today is listed as that schedule.
  return open.filter(({ schedules }) => schedules.length === 0).slice(0, SHOWN);
}

const timerForTodo = ({ id, title, tags }: Todo): NewTimer => ({
  title,
  todo_id: id,
  allocated_duration: USUAL_SECONDS,
  tag_ids: tags.map((tag) => tag.id),
});

/** Occurrences have no timers of their own: the timer belongs to the recurring schedule (docs/spec/v1.md#53-creating). */
const timerForSchedule = ({
  id,
  parent_id: parentId,
  title,
  start_time: from,
  end_time: to,
  tags,
}: Schedule): NewTimer => ({
  title,
  schedule_id: parentId ?? id,
  allocated_duration: Math.max(60, Math.round((Date.parse(to) - Date.parse(from)) / 1_000)),
  tag_ids: tags.map((tag) => tag.id),
});

/** Creates a schedule of one hour when a time is given, else a todo. */
function NewPlan({ onAdded }: { readonly onAdded: () => void }): ReactElement {
  const attempt = useAttempt();
  const [title, setTitle] = useState('');
  const [time, setTime] = useState('');
  const add = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const wanted = title.trim();
    if (wanted === '' || !(await attempt(() => create(wanted, time)))) return;
    setTitle('');
    setTime('');
    onAdded();
  };
  return (
    <form className="row new-plan" onSubmit={(event) => void add(event)}>
      <input
        className="input grow"
        aria-label={texts.planWhat}
        placeholder={texts.planWhat}
        value={title}
        maxLength={255}
        onChange={(event) => {
          setTitle(event.target.value);
        }}
      />
      <input
        className="input plan-time"
        type="time"
        aria-label={texts.planTime}
        title={texts.planTime}
        value={time}
        onChange={(event) => {
          setTime(event.target.value);
        }}
      />
      <button type="submit" className="button">
        {texts.addPlan}
      </button>
    </form>
  );
}

async function create(title: string, time: string): Promise<unknown> {
  if (time === '') return metronome.todos.create({ title, tag_group_id: await defaultGroup() });
  const start = dayStart(new Date(metronome.clock.now()));
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  start.setHours(hours, minutes);
  const end = new Date(start.getTime() + HOUR_MS);
  return metronome.schedules.create({ title, start_time: start.toISOString(), end_time: end.toISOString() });
}
