import { type ReactElement, type ReactNode, useEffect } from 'react';

import { showInTab } from '../shared/favicon.js';
import { common } from '../shared/texts.js';
import { Footer, TopBar } from '../shared/ui.js';
import { texts } from './texts.js';

interface MessagePageProps {
  readonly title: string;
  readonly text: string;
  readonly children?: ReactNode;
}

/** A full-page message for a room that cannot be joined, with a link to a new one. */
export function MessagePage({ title, text, children }: MessagePageProps): ReactElement {
  useEffect(() => {
    document.title = `${title} · ${common.product}`;
    showInTab('idle');
  }, [title]);
  return (
    <>
      <TopBar />
      <main id="content" className="page kind" tabIndex={-1}>
        <div className="kind-mark" aria-hidden="true" />
        <h1>{title}</h1>
        <p className="muted" role="status">
          {text}
        </p>
        {children ?? (
          <a className="button primary large" href="/">
            {texts.newRoom}
          </a>
        )}
      </main>
      <Footer />
    </>
  );
}
