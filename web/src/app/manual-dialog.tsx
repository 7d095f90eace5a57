import { type ReactElement, type SubmitEvent, useState } from 'react';

import type { Segment } from '../../../clients/typescript/src/index.js';
import { isError, metronome, problemText } from '../shared/metronome.js';
import { common } from '../shared/texts.js';
import { Dialog, Field } from '../shared/ui.js';
import { areInOrder, SegmentsEditor } from './segments-editor.js';
import { texts } from './texts.js';

const USUAL_MS = 25 * 60_000;

/** Adds time that was worked without a timer. */
export default function ManualDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  const [title, setTitle] = useState('');
  const [segments, setSegments] = useState(usualSegment);
  const [problem, setProblem] = useState('');
  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (!areInOrder(segments)) {
      setProblem(texts.badTimes);
      return;
    }
    try {
      await metronome.timers.addManual({ title: title.trim() || null, segments });
      onClose();
    } catch (error) {
      setProblem(isError(error, 'VALIDATION_ERROR') ? texts.badTimes : problemText(error));
    }
  };
  return (
    <Dialog title={texts.manualTitle} onClose={onClose}>
      <form className="stack" onSubmit={(event) => void save(event)}>
        <Field label={texts.title}>
          <input
            className="input"
            value={title}
            maxLength={255}
            onChange={(event) => {
              setTitle(event.target.value);
            }}
          />
        </Field>
        <SegmentsEditor segments={segments} onChange={setSegments} />
        <p className="error-text" role="alert">
          {problem}
        </p>
        <div className="row row-end">
          <button type="submit" className="button primary">
            {common.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** One segment of the usual length that ends now. */
function usualSegment(): readonly Segment[] {
  const now = Math.floor(metronome.clock.now() / 1_000) * 1_000;
  return [{ start: new Date(now - USUAL_MS).toISOString(), end: new Date(now).toISOString() }];
}
