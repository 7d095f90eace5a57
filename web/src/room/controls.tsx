import type { ReactElement } from 'react';

import type { RoomTimer } from '../../../clients/typescript/src/index.js';
import { Icon } from '../shared/icons.js';
import { common } from '../shared/texts.js';
import { Segments } from '../shared/ui.js';
import type { TimerActions } from './keys.js';
import { texts } from './texts.js';

interface ControlsProps {
  readonly timer: RoomTimer;
  readonly mayControl: boolean;
  readonly acts: TimerActions;
}

export function Controls({ timer, mayControl, acts }: ControlsProps): ReactElement {
  return (
    <div className="controls" role="group" aria-label={texts.keys}>
      <Segments
        label={texts.chooseSession}
        value={timer.session_type}
        options={[
          ['work', common.work],
          ['break', common.break],
        ]}
        onChange={acts.choose}
        disabled={!mayControl}
      />
      <div className="row control-buttons">
        <button type="button" className="button primary large" disabled={!mayControl} onClick={acts.toggle}>
          <Icon name={timer.status === 'running' ? 'pause' : 'play'} />
          {toggleLabel(timer)}
        </button>
        <button
          type="button"
          className="button large"
          disabled={!mayControl || timer.status === 'idle'}
          onClick={acts.reset}
        >
          <Icon name="reset" />
          {texts.reset}
        </button>
      </div>
      <p className="muted small keys-hint">{mayControl ? texts.keys : texts.hostControls}</p>
    </div>
  );
}

function toggleLabel({ status, session_type: type }: RoomTimer): string {
  if (status === 'running') return texts.pause;
  if (status === 'paused') return texts.resume;
  return type === 'work' ? texts.startWork : texts.startBreak;
}
