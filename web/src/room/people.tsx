import type { ReactElement } from 'react';

import type { Person } from '../../../clients/typescript/src/index.js';
import { Avatar } from '../shared/ui.js';
import { texts } from './texts.js';

interface PeopleProps {
  readonly participants: readonly Person[];
  readonly myId: string | undefined;
  readonly hostId: string | undefined;
}

/** The participants in the room, this one first. */
export function People({ participants, myId, hostId }: PeopleProps): ReactElement {
  const sorted = [...participants].sort((one, other) => Number(other.id === myId) - Number(one.id === myId));
  return (
    <section className="card" aria-labelledby="people">
      <div className="card-head">
        <h2 id="people">{texts.people}</h2>
        <span className="badge" aria-label={texts.peopleCount(participants.length)}>
          {participants.length}
        </span>
      </div>
      <ul className="people" tabIndex={participants.length > 6 ? 0 : undefined} aria-labelledby="people">
        {sorted.map(({ id, name }) => (
          <li key={id} className="person">
            <Avatar name={name} id={id} />
            <span className="person-name">{name}</span>
            {id === myId && <span className="badge">{texts.you}</span>}
            {id === hostId && <span className="badge">{texts.host}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
