import { type ReactElement, type SubmitEvent, useState } from 'react';

import type { Room, RoomPatch } from '../../../clients/typescript/src/index.js';
import { metronome, problemText } from '../shared/metronome.js';
import { canNotify } from '../shared/notify.js';
import { asRoomName, isRoomName } from '../shared/room-names.js';
import { common } from '../shared/texts.js';
import { Dialog, Field, Minutes, Segments, Switch } from '../shared/ui.js';
import type { Alarm } from './alarm.js';
import { texts } from './texts.js';

interface SettingsDialogProps {
  readonly room: Room;
  readonly isHost: boolean;
  readonly alarm: Alarm;
  readonly name: string;
  readonly onName: (name: string) => void;
  readonly onToast: (text: string) => void;
  readonly onClose: () => void;
}

export default function SettingsDialog(props: SettingsDialogProps): ReactElement {
  const { room, isHost, onToast, onClose } = props;
  return (
    <Dialog title={texts.settings} onClose={onClose}>
      <div className="stack settings">
        <ForMe {...props} />
        {isHost && <ForRoom room={room} onToast={onToast} onClose={onClose} />}
      </div>
    </Dialog>
  );
}

function ForMe({ alarm: { choice, choose }, name, onName }: SettingsDialogProps): ReactElement {
  const [typed, setTyped] = useState(name);
  const isBlocked = canNotify() && Notification.permission === 'denied';
  const rename = (event: SubmitEvent): void => {
    event.preventDefault();
    if (typed.trim() !== '') onName(typed.trim());
  };
  return (
    <section className="stack" aria-label={texts.forMe}>
      <form className="row" onSubmit={rename}>
        <div className="grow">
          <Field label={texts.yourName}>
            <input
              className="input"
              value={typed}
              maxLength={50}
              required
              onChange={(event) => {
                setTyped(event.target.value);
              }}
            />
          </Field>
        </div>
        <button type="submit" className="button beside-field" disabled={typed.trim() === name}>
          {common.save}
        </button>
      </form>
      <div>
        <Switch checked={choice.sound} onChange={(sound) => void choose({ sound })}>
          {texts.sound}
        </Switch>
        {canNotify() && (
          <Switch
            checked={choice.notification}
            disabled={isBlocked}
            onChange={(notification) => void choose({ notification })}
          >
            {texts.notification}
          </Switch>
        )}
        {isBlocked && <p className="small muted">{texts.notificationBlocked}</p>}
      </div>
    </section>
  );
}

type ForRoomProps = Pick<SettingsDialogProps, 'room' | 'onToast' | 'onClose'>;

function ForRoom({ room, onToast, onClose }: ForRoomProps): ReactElement {
  const [wanted, setWanted] = useState(() => ({
    room_name: room.room_name,
    work_duration_minutes: room.work_duration / 60,
    break_duration_minutes: room.break_duration / 60,
    auto_start_break: room.auto_start_break,
    control: room.control,
  }));
  const [problem, setProblem] = useState('');
  const change = (patch: Partial<typeof wanted>): void => {
    setWanted({ ...wanted, ...patch });
    setProblem('');
  };
  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const patch: RoomPatch = { ...wanted, room_name: asRoomName(wanted.room_name) };
    if (!isRoomName(asRoomName(wanted.room_name))) {
      setProblem(texts.roomNameRule);
      return;
    }
    try {
      await metronome.rooms.update(room.room_id, patch);
      onToast(texts.saved);
      onClose();
    } catch (error) {
      setProblem(problemText(error));
    }
  };
  return (
    <form className="stack for-room" noValidate aria-label={texts.forRoom} onSubmit={(event) => void save(event)}>
      <h3>{texts.forRoom}</h3>
      <Field label={texts.roomName}>
        <input
          className="input"
          value={wanted.room_name}
          maxLength={50}
          onChange={(event) => {
            change({ room_name: event.target.value });
          }}
        />
      </Field>
      <div className="pair">
        <Minutes
          label={texts.workMinutes}
          max={60}
          value={wanted.work_duration_minutes}
          onChange={(minutes) => {
            change({ work_duration_minutes: minutes });
          }}
        />
        <Minutes
          label={texts.breakMinutes}
          max={30}
          value={wanted.break_duration_minutes}
          onChange={(minutes) => {
            change({ break_duration_minutes: minutes });
          }}
        />
      </div>
      <Switch
        checked={wanted.auto_start_break}
        onChange={(isOn) => {
          change({ auto_start_break: isOn });
        }}
      >
        {texts.autoBreak}
      </Switch>
      <div className="field">
        <span>{texts.whoControls}</span>
        <Segments
          label={texts.whoControls}
          value={wanted.control}
          options={[
            ['everyone', texts.everyone],
            ['host', texts.hostOnly],
          ]}
          onChange={(control) => {
            change({ control });
          }}
        />
      </div>
      <p className="small muted">{texts.nextSession}</p>
      <p className="error-text" role="alert">
        {problem}
      </p>
      <div className="row row-end">
        <DeleteRoom roomId={room.room_id} onProblem={setProblem} />
        <span className="grow" />
        <button type="submit" className="button primary">
          {common.save}
        </button>
      </div>
    </form>
  );
}

interface DeleteRoomProps {
  readonly roomId: string;
  readonly onProblem: (text: string) => void;
}

/** Deletes on the second press, because it affects every participant. */
function DeleteRoom({ roomId, onProblem }: DeleteRoomProps): ReactElement {
  const [isSure, setSure] = useState(false);
  const press = (): void => {
    if (!isSure) setSure(true);
    else
      metronome.rooms.delete(roomId).catch((error: unknown) => {
        onProblem(problemText(error));
      });
  };
  return (
    <button type="button" className="button danger" onClick={press}>
      {isSure ? texts.deleteSure : texts.deleteRoom}
    </button>
  );
}
