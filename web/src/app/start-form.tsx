import { type ReactElement, type SubmitEvent, useState } from 'react';

import type { Tag } from '../../../clients/typescript/src/index.js';
import type { LiveTimers } from '../../../clients/typescript/src/react.js';
import { Icon } from '../shared/icons.js';
import { metronome } from '../shared/metronome.js';
import { Field, Minutes } from '../shared/ui.js';
import { defaultGroup } from './default-group.js';
import { useAttempt } from './toast.js';
import { TagDot } from './tag-list.js';
import { texts } from './texts.js';

const MINUTES = [15, 25, 50, 90];
const MOST_MINUTES = 1_440;

interface StartFormProps {
  readonly live: LiveTimers;
  readonly tags: readonly Tag[];
  /** Called when a tag was created. */
  readonly onTag: () => void;
}

/** Starts a timer for the user. */
export function StartForm({ live, tags, onTag }: StartFormProps): ReactElement {
  const attempt = useAttempt();
  const [title, setTitle] = useState('');
  const [minutes, setMinutes] = useState(25);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const start = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const timer = { title: title.trim() || null, allocated_duration: minutes * 60, tag_ids: chosen };
    if (await attempt(() => live.start(timer))) setTitle('');
  };
  const toggle = (id: string): void => {
    setChosen(chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id]);
  };
  return (
    <form className="card stack" aria-labelledby="start-title" onSubmit={(event) => void start(event)}>
      <h2 id="start-title">{texts.startTitle}</h2>
      <Field label={texts.what}>
        <input
          className="input"
          value={title}
          placeholder={texts.whatHint}
          maxLength={255}
          onChange={(event) => {
            setTitle(event.target.value);
          }}
        />
      </Field>
      <fieldset>
        <legend>{texts.howLong}</legend>
        <div className="row minutes">
          {MINUTES.map((preset) => (
            <Chip
              key={preset}
              isOn={preset === minutes}
              onPress={() => {
                setMinutes(preset);
              }}
            >
              {preset}
            </Chip>
          ))}
          <Minutes label={texts.otherMinutes} value={minutes} max={MOST_MINUTES} onChange={setMinutes} />
        </div>
      </fieldset>
      <fieldset>
        <legend>{texts.tags}</legend>
        <div className="row">
          {tags.map(({ id, name, color }) => (
            <Chip
              key={id}
              isOn={chosen.includes(id)}
              onPress={() => {
                toggle(id);
              }}
            >
              <TagDot color={color} />
              {name}
            </Chip>
          ))}
          <NewTag
            count={tags.length}
            onTag={(id) => {
              toggle(id);
              onTag();
            }}
          />
        </div>
      </fieldset>
      <button type="submit" className="button primary large start-button">
        <Icon name="play" />
        {texts.start}
      </button>
    </form>
  );
}

interface ChipProps {
  readonly isOn: boolean;
  readonly onPress: () => void;
  readonly children: React.ReactNode;
}

function Chip({ isOn, onPress, children }: ChipProps): ReactElement {
  return (
    <button type="button" className="chip" aria-pressed={isOn} onClick={onPress}>
      {children}
    </button>
  );
}

/** Colours of equal lightness that differ in hue. */
const COLORS = ['#C2573F', '#2F8F7F', '#5B6FC8', '#B98516', '#9A4FA3', '#4E8B3A', '#C04A78', '#3B86B0'];

interface NewTagProps {
  readonly count: number;
  readonly onTag: (id: string) => void;
}

function NewTag({ count, onTag }: NewTagProps): ReactElement {
  const attempt = useAttempt();
  const [name, setName] = useState<string>();
  const create = async (): Promise<void> => {
    const wanted = name?.trim() ?? '';
    setName(undefined);
    if (wanted === '') return;
    await attempt(async () => {
      const color = COLORS[count % COLORS.length] ?? '#C2573F';
      const { id } = await metronome.tags.create({ name: wanted, color, group_id: await defaultGroup() });
      onTag(id);
    });
  };
  if (name === undefined) {
    return (
      <button
        type="button"
        className="chip add"
        onClick={() => {
          setName('');
        }}
      >
        <Icon name="plus" />
        {texts.newTag}
      </button>
    );
  }
  return (
    <input
      className="input new-tag"
      aria-label={texts.newTag}
      autoFocus
      value={name}
      maxLength={50}
      onChange={(event) => {
        setName(event.target.value);
      }}
      onBlur={() => void create()}
      onKeyDown={(event) => {
        if (event.key === 'Escape') setName(undefined);
        if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
        // Keep the key from submitting the surrounding form.
        event.preventDefault();
        void create();
      }}
    />
  );
}
