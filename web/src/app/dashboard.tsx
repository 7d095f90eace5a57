import { lazy, type ReactElement, Suspense, useCallback, useEffect, useState, useSyncExternalStore } from 'react';

import { useTimers } from '../../../clients/typescript/src/react.js';
import { metronome, signOut } from '../shared/metronome.js';
import { onClockJump } from '../shared/seconds.js';
import { Footer, IconButton, Toast, TopBar } from '../shared/ui.js';
import { useActivity } from './activity.js';
import { ToastContext } from './toast.js';
import { texts } from './texts.js';
import { TodayView } from './today-view.js';

const FriendsView = lazy(() => import('./friends/friends-view.js'));
const SettingsView = lazy(() => import('./settings/settings-view.js'));

const VIEWS = ['today', 'friends', 'settings'] as const;
type View = (typeof VIEWS)[number];

const subscribeToHash = (listener: () => void): (() => void) => {
  addEventListener('hashchange', listener);
  return () => {
    removeEventListener('hashchange', listener);
  };
};

/** The view that the URL's hash names. */
const viewNow = (): View => VIEWS.find((view) => location.hash === `#${view}`) ?? 'today';

/** The user's timers, plans and statistics, live. */
export function Dashboard(): ReactElement {
  const view = useSyncExternalStore(subscribeToHash, viewNow);
  const live = useTimers(metronome);
  const activity = useActivity(live.socket);
  const [toast, setToast] = useState('');
  useEffect(() => onClockJump(() => void metronome.me.get().catch(() => undefined)), []);
  const forget = useCallback(() => {
    setToast('');
  }, []);
  return (
    <ToastContext value={setToast}>
      <TopBar>
        <Navigation view={view} />
        <IconButton name="leave" label={texts.signOut} onClick={() => void signOut()} />
      </TopBar>
      <div role="status">
        {live.userId !== null && live.status !== 'open' && <p className="banner">{texts.offline}</p>}
      </div>
      <main id="content" className="page" tabIndex={-1}>
        <Suspense fallback={<div className="loading" aria-hidden="true" />}>
          {view === 'today' && <TodayView live={live} activity={activity} />}
          {view === 'friends' && <FriendsView live={live} activity={activity} />}
          {view === 'settings' && <SettingsView />}
        </Suspense>
      </main>
      <Footer />
      <Toast text={toast} onDismiss={forget} />
    </ToastContext>
  );
}

function Navigation({ view }: { readonly view: View }): ReactElement {
  return (
    <nav className="views segments" aria-label={texts.navigation}>
      {VIEWS.map((name) => (
        <a key={name} href={`#${name}`} aria-current={name === view ? 'page' : undefined}>
          {texts.views[name]}
        </a>
      ))}
    </nav>
  );
}
