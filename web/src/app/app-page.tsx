import { lazy, type ReactElement, Suspense, useEffect, useState } from 'react';

import { mayBeSignedIn, metronome, takeUpSession } from '../shared/metronome.js';
import { common } from '../shared/texts.js';
import { Footer, TopBar } from '../shared/ui.js';
import { Dashboard } from './dashboard.js';
import { texts } from './texts.js';

const Account = lazy(() => import('../shared/account.js'));

type Standing = 'looking' | 'unreachable' | 'out' | 'in';

const RETRY_MS = 3_000;

/** `/app`: one's own timers, for whoever is signed in. */
export function AppPage(): ReactElement {
  const [standing, setStanding] = useState<Standing>('looking');
  useEffect(() => {
    document.title = `${common.dashboard} · ${common.product}`;
    return takeUp(setStanding);
  }, []);
  useEffect(() => {
    if (standing !== 'in') return undefined;
    // Elsewhere signed out, or the session has ended.
    return metronome.auth.tokens.subscribe((tokens) => {
      if (tokens === null) setStanding('out');
    });
  }, [standing]);
  if (standing === 'in') return <Dashboard />;
  return (
    <>
      <TopBar />
      <main id="content" className="page welcome" tabIndex={-1}>
        {standing === 'out' ? (
          <Welcome
            onDone={() => {
              setStanding('in');
            }}
          />
        ) : (
          <>
            <div className="loading" aria-hidden="true" />
            <p role="status">{standing === 'unreachable' ? texts.unreachable : ''}</p>
          </>
        )}
      </main>
      <Footer />
    </>
  );
}

function Welcome({ onDone }: { readonly onDone: () => void }): ReactElement {
  return (
    <>
      <h1>{texts.welcomeTitle}</h1>
      <p className="muted">{texts.welcomeText}</p>
      <div className="card sign-in">
        <Suspense>
          <Account onDone={onDone} />
        </Suspense>
      </div>
    </>
  );
}

/** Takes up the session of this browser, as soon as the server can be asked. @returns what ends it */
function takeUp(tell: (standing: Standing) => void): () => void {
  let retry: ReturnType<typeof setTimeout> | undefined;
  let isWanted = true;
  const ask = async (): Promise<void> => {
    const isIn = await takeUpSession();
    if (!isWanted) return;
    const isUnsettled = !isIn && mayBeSignedIn();
    tell(isIn ? 'in' : isUnsettled ? 'unreachable' : 'out');
    if (isUnsettled) retry = setTimeout(() => void ask(), RETRY_MS);
  };
  void ask();
  return () => {
    isWanted = false;
    clearTimeout(retry);
  };
}
