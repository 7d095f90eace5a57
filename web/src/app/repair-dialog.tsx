import { type ReactElement, type SubmitEvent, useState } from 'react';

import { isActive, type Segment, type Timer } from '../../../clients/typescript/src/index.js';
import { isError, metronome, problemText } from '../shared/metronome.js';
import { common } from '../shared/texts.js';
import { Dialog } from '../shared/ui.js';
import { useToast } from './toast.js';
import { areInOrder, SegmentsEditor } from './segments-editor.js';
import { texts } from './texts.js';
import { probableEnd, segmentsOf } from './timer-times.js';

interface RepairDialogProps {
  readonly timer: Timer;
  readonly onClose: () => void;
}

/** Corrects the times of a timer and stops it first if it was forgotten. */
export default function RepairDialog({ timer: given, onClose }: RepairDialogProps): ReactElement {
  const [timer, setTimer] = useState(given);
  const showToast = useToast();
  const [segments, setSegments] = useState(() => suggested(timer));
  const [problem, setProblem] = useState('');
  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (!areInOrder(segments)) {
      setProblem(texts.badTimes);
      return;
    }
    try {
      const ended = isActive(timer) ? await metronome.timers.stop(timer.id) : timer;
      // The timer stays stopped even if the correction fails.
      setTimer(ended);
      await metronome.timers.correct(ended.id, { segments, revision: ended.revision });
      showToast(texts.corrected);
      onClose();
    } catch (error) {
      setProblem(isError(error, 'RevisionConflictError') ? texts.changedMeanwhile : errorTextFor(error));
    }
  };
  return (
    <Dialog title={isActive(given) ? texts.repairForgotten : texts.repairTitle} onClose={onClose}>
      <form className="stack" onSubmit={(event) => void save(event)}>
        <SegmentsEditor segments={segments} onChange={setSegments} />
        <p className="error-text" role="alert">
          {problem}
        </p>
        <div className="row row-end">
          {!isActive(given) && <DeleteTimer id={timer.id} onDeleted={onClose} onProblem={setProblem} />}
          <span className="grow" />
          <button type="submit" className="button primary">
            {common.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const errorTextFor = (error: unknown): string =>
  isError(error, 'VALIDATION_ERROR') ? texts.badTimes : problemText(error);

/** The current segments; a running timer gets its probable end. */
function suggested(timer: Timer): readonly Segment[] {
  const now = metronome.clock.now();
  const segments = segmentsOf(timer, now);
  if (timer.status !== 'RUNNING') return segments;
  return segments.map((segment, at) =>
    at === segments.length - 1 ? { ...segment, end: probableEnd(timer, now) } : segment,
  );
}

interface DeleteTimerProps {
  readonly id: string;
  readonly onDeleted: () => void;
  readonly onProblem: (text: string) => void;
}

/** Deletes on the second press. */
function DeleteTimer({ id, onDeleted, onProblem }: DeleteTimerProps): ReactElement {
  const [isSure, setSure] = useState(false);
  const press = (): void => {
    if (!isSure) {
      setSure(true);
      return;
    }
    metronome.timers.delete(id).then(onDeleted, (error: unknown) => {
      onProblem(problemText(error));
    });
  };
  return (
    <button type="button" className="button danger" onClick={press}>
      {isSure ? texts.deleteSure : texts.delete}
    </button>
  );
}
