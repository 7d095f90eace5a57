import type { ReactElement } from 'react';

import { zoneName } from '../../shared/format.js';
import { metronome } from '../../shared/metronome.js';
import { useAttempt } from '../toast.js';
import { texts } from './texts.js';

/** Exports the user's data as files. */
export function ExportCard(): ReactElement {
  const attempt = useAttempt();
  const download = (name: string, read: () => Promise<Blob>): void => {
    void attempt(async () => {
      save(name, await read());
    });
  };
  const timers = (format: 'csv' | 'json') => () => metronome.timers.export({ format, timezone: zoneName() });
  return (
    <section className="card stack" aria-labelledby="export">
      <h2 id="export">{texts.export}</h2>
      <div className="row">
        <button
          type="button"
          className="button"
          onClick={() => {
            download('timers.csv', timers('csv'));
          }}
        >
          {texts.exportCsv}
        </button>
        <button
          type="button"
          className="button"
          onClick={() => {
            download('timers.json', timers('json'));
          }}
        >
          {texts.exportJson}
        </button>
        <button
          type="button"
          className="button plain"
          onClick={() => {
            download('metronome.json', () => metronome.me.export());
          }}
        >
          {texts.exportAll}
        </button>
      </div>
    </section>
  );
}

/** Saves a file as a browser download; a plain link could not carry the access token. */
function save(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  URL.revokeObjectURL(url);
}
