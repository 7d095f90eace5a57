import { lazy, type ReactElement, Suspense, useState } from 'react';

import { Icon, type IconName } from '../shared/icons.js';
import { mayBeSignedIn } from '../shared/metronome.js';
import { recentRooms } from '../shared/recent-rooms.js';
import { common } from '../shared/texts.js';
import { Dialog, Footer, TopBar } from '../shared/ui.js';
import { JoinRoom } from './join-room.js';
import { NewRoom } from './new-room.js';
import { texts } from './texts.js';

const Account = lazy(() => import('../shared/account.js'));

const LINE_ICONS: readonly IconName[] = ['people', 'devices', 'check'];

const toDashboard = (): void => {
  location.assign('/app');
};

/** `/`: introduction, a new room in two clicks, and the link to the dashboard. */
export function StartPage(): ReactElement {
  const [isSigningIn, setSigningIn] = useState(false);
  return (
    <>
      <TopBar>
        {mayBeSignedIn() ? (
          <a className="button plain" href="/app">
            {common.dashboard}
          </a>
        ) : (
          <button
            type="button"
            className="button plain"
            onClick={() => {
              setSigningIn(true);
            }}
          >
            {common.signIn}
          </button>
        )}
      </TopBar>
      <main id="content" className="page start" tabIndex={-1}>
        <Hero />
        <div className="dial">
          <div className="card stack">
            <NewRoom />
            <JoinRoom />
            <RecentRooms />
          </div>
        </div>
      </main>
      <Footer />
      {isSigningIn && (
        <Dialog
          title={common.product}
          onClose={() => {
            setSigningIn(false);
          }}
        >
          <Suspense>
            <Account onDone={toDashboard} />
          </Suspense>
        </Dialog>
      )}
    </>
  );
}

function Hero(): ReactElement {
  return (
    <div className="hero">
      <h1>{texts.headline}</h1>
      <ol>
        {texts.lines.map(([title, line], index) => (
          <li key={title}>
            <Icon name={LINE_ICONS[index] ?? 'check'} />
            <h2>{title}</h2>
            <p className="muted">{line}</p>
          </li>
        ))}
      </ol>
    </div>
  );
}

function RecentRooms(): ReactElement | null {
  const [rooms] = useState(recentRooms);
  if (rooms.length === 0) return null;
  return (
    <section className="or stack" aria-labelledby="recent">
      <h2 id="recent">{texts.recent}</h2>
      <ul className="recent">
        {rooms.map(({ id, name }) => (
          <li key={id}>
            <a className="button small" href={`/room/${encodeURIComponent(id)}`}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
