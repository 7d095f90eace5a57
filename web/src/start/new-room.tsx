import { type ReactElement, type SubmitEvent, useState } from 'react';

import { Field, IconButton, Minutes, Switch } from '../shared/ui.js';
import { metronome, problemText } from '../shared/metronome.js';
import { asRoomName, isRoomName, suggestRoomName } from '../shared/room-names.js';
import { texts } from './texts.js';

/** Creates a room. A name is suggested, so that one click is enough. */
export function NewRoom(): ReactElement {
  const [name, setName] = useState(suggestRoomName);
  const [lengths, setLengths] = useState({ work: 25, break: 5, autoBreak: true });
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const create = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (!isRoomName(asRoomName(name))) {
      setProblem(texts.nameRule);
      return;
    }
    setBusy(true);
    try {
      const { room_id: id } = await metronome.rooms.create({
        room_name: asRoomName(name),
        work_duration_minutes: lengths.work,
        break_duration_minutes: lengths.break,
        auto_start_break: lengths.autoBreak,
      });
      location.assign(`/room/${id}`);
    } catch (error) {
      setProblem(problemText(error));
      setBusy(false);
    }
  };
  return (
    <form className="new-room stack" noValidate onSubmit={(event) => void create(event)}>
      <h2>{texts.roomTitle}</h2>
      <div className="with-button">
        <Field label={texts.roomName}>
          <input
            className="input"
            value={name}
            maxLength={50}
            autoComplete="off"
            spellCheck={false}
            aria-invalid={problem !== ''}
            aria-describedby="new-room-problem"
            onChange={(event) => {
              setName(event.target.value);
              setProblem('');
            }}
          />
        </Field>
        <IconButton
          name="reset"
          label={texts.anotherName}
          onClick={() => {
            setName(suggestRoomName());
          }}
        />
      </div>
      <Lengths lengths={lengths} onChange={setLengths} />
      <p id="new-room-problem" className="error-text" role="alert">
        {problem}
      </p>
      <button type="submit" className="button primary large" disabled={isBusy}>
        {isBusy ? texts.creating : texts.create}
      </button>
    </form>
  );
}

interface Lengths {
  readonly work: number;
  readonly break: number;
  readonly autoBreak: boolean;
}

interface LengthsProps {
  readonly lengths: Lengths;
  readonly onChange: (lengths: Lengths) => void;
}

function Lengths({ lengths, onChange }: LengthsProps): ReactElement {
  return (
    <details className="lengths">
      <summary>
        {texts.lengths}: {lengths.work} / {lengths.break}
      </summary>
      <div className="pair">
        <Minutes
          label={texts.workMinutes}
          max={60}
          value={lengths.work}
          onChange={(work) => {
            onChange({ ...lengths, work });
          }}
        />
        <Minutes
          label={texts.breakMinutes}
          max={30}
          value={lengths.break}
          onChange={(value) => {
            onChange({ ...lengths, break: value });
          }}
        />
      </div>
      <Switch
        checked={lengths.autoBreak}
        onChange={(autoBreak) => {
          onChange({ ...lengths, autoBreak });
        }}
      >
        {texts.autoBreak}
      </Switch>
    </details>
  );
}
