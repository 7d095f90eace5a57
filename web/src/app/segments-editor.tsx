import type { ReactElement } from 'react';

import type { Segment } from '../../../clients/typescript/src/index.js';
import { durationText } from '../shared/format.js';
import { Icon } from '../shared/icons.js';
import { metronome } from '../shared/metronome.js';
import { Field, IconButton } from '../shared/ui.js';
import { texts } from './texts.js';
import { secondsOf } from './timer-times.js';

interface SegmentsEditorProps {
  readonly segments: readonly Segment[];
  readonly onChange: (segments: readonly Segment[]) => void;
}

/** Edits the segments of a timer in the reader's zone. */
export function SegmentsEditor({ segments, onChange }: SegmentsEditorProps): ReactElement {
  const change = (index: number, patch: Partial<Segment>): void => {
    onChange(segments.map((segment, at) => (at === index ? { ...segment, ...patch } : segment)));
  };
  const isOnly = segments.length === 1;
  return (
    <div className="stack">
      {segments.map((segment, index) => (
        <div key={index} className="part" role="group" aria-label={texts.part(index + 1)}>
          <Instant
            label={texts.from}
            value={segment.start}
            onChange={(start) => {
              change(index, { start });
            }}
          />
          <Instant
            label={texts.to}
            value={segment.end}
            onChange={(end) => {
              change(index, { end });
            }}
          />
          {!isOnly && (
            <IconButton
              name="trash"
              label={texts.removePart}
              onClick={() => {
                onChange(segments.filter((_, at) => at !== index));
              }}
            />
          )}
        </div>
      ))}
      <div className="row">
        <span className="grow">
          {texts.worked}: <strong>{durationText(Math.max(0, secondsOf(segments)))}</strong>
        </span>
        <button
          type="button"
          className="button small plain"
          onClick={() => {
            onChange([...segments, next(segments)]);
          }}
        >
          <Icon name="plus" />
          {texts.addPart}
        </button>
      </div>
    </div>
  );
}

const MINUTE_MS = 60_000;

/** Suggests a segment after the last one. */
function next(segments: readonly Segment[]): Segment {
  const start = Date.parse(segments.at(-1)?.end ?? '') + MINUTE_MS;
  return { start: new Date(start).toISOString(), end: new Date(start + 10 * MINUTE_MS).toISOString() };
}

/** Segments are in order, not empty and not in the future (docs/spec/extensions.md#correcting-and-adding-up). */
export function areInOrder(segments: readonly Segment[]): boolean {
  const times = segments.flatMap(({ start, end }) => [Date.parse(start), Date.parse(end)]);
  const isSorted = times.every((time, at) => {
    const before = times[at - 1] ?? -Infinity;
    return at % 2 === 0 ? time >= before : time > before;
  });
  return isSorted && times.every((time) => time <= Math.ceil(metronome.clock.now() / 1_000) * 1_000);
}

interface InstantProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Instant({ label, value, onChange }: InstantProps): ReactElement {
  return (
    <Field label={label}>
      <input
        className="input"
        type="datetime-local"
        step={1}
        required
        value={localText(value)}
        onChange={(event) => {
          const typed = new Date(event.target.value);
          if (!Number.isNaN(typed.getTime())) onChange(typed.toISOString());
        }}
      />
    </Field>
  );
}

/** The format of `datetime-local`: `2026-11-21T09:30:00` in the reader's zone. */
function localText(instant: string): string {
  const date = new Date(instant);
  return new Date(date.getTime() - date.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 19);
}
