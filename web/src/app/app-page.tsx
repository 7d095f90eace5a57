import { lazy, type ReactElement, Suspense, useEffect, useState } from 'react';

import { mayBeSignedIn, metronome, restoreSession } from '../shared/metronome.js';
import { common } from '../shared/texts.js';
import { Footer, TopBar } from '../shared/ui.js';
import { Dashboard } from './dashboard.js';
import { texts } from './texts.js';

const Account = lazy(() => import('../shared/account.js'));

type SignInState = 'checking' | 'unreachable' | 'out' | 'in';

const RETRY_MS = 3_000;

/** `/app`: the signed-in user's own timers. */
export function AppPage(): ReactElement {
  const [signInState, setSignInState] = useState<SignInState>('checking');
  useEffect(() => {
    document.title = `${common.dashboard} · ${common.product}`;
    return keepRestoring(setSignInState);
  }, []);
  useEffect(() => {
    if (signInState !== 'in') return undefined;
    // The user signed out in another tab, or the session ended.
    return metronome.auth.tokens.subscribe((tokens) => {
      if (tokens === null) setSignInState('out');
    });
  }, [signInState]);
  if (signInState === 'in') return <Dashboard />;
  return (
    <>
      <TopBar />
      <main id="content" className="page welcome" tabIndex={-1}>
        {signInState === 'out' ? (
          <Welcome
            onDone={() => {
              setSignInState('in');
            }}
          />
        ) : (
          <>
            <div className="loading" aria-hidden="true" />
            <p role="status">{signInState === 'unreachable' ? texts.unreachable : ''}</p>
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

/** Restores this browser's session, trying again until the server responds. @returns a function that stops trying */
function keepRestoring(onChange: (signInState: SignInState) => void): () => void {
  let retry: ReturnType<typeof setTimeout> | undefined;
  let isWanted = true;
  const attempt = async (): Promise<void> => {
    const isIn = await restoreSession();
    if (!isWanted) return;
    const isUnsettled = !isIn && mayBeSignedIn();
    onChange(isIn ? 'in' : isUnsettled ? 'unreachable' : 'out');
    if (isUnsettled) retry = setTimeout(() => void attempt(), RETRY_MS);
  };
  void attempt();
  return () => {
    isWanted = false;
    clearTimeout(retry);
  };
}
