import { type ReactElement, useMemo } from 'react';

import { qrCode } from '../shared/qr.js';
import { Icon } from '../shared/icons.js';
import { CopyBox, Dialog } from '../shared/ui.js';
import { texts } from './texts.js';

interface ShareDialogProps {
  readonly url: string;
  readonly name: string;
  readonly onClose: () => void;
}

/** Shares the URL by every means that the browser has. */
export default function ShareDialog({ url, name, onClose }: ShareDialogProps): ReactElement {
  const canShare = 'share' in navigator;
  const send = (): void => {
    // Cancelling the browser's dialog is no error.
    navigator.share({ title: name, url }).catch(() => undefined);
  };
  return (
    <Dialog title={texts.shareTitle} onClose={onClose}>
      <div className="stack">
        <p className="muted">{texts.shareText}</p>
        <QrCode text={url} />
        <CopyBox text={url} label={texts.shareUrl} />
        {canShare && (
          <button type="button" className="button primary" onClick={send}>
            <Icon name="share" />
            {texts.shareVia}
          </button>
        )}
      </div>
    </Dialog>
  );
}

/** Width of the quiet zone that QR readers need around a code, in modules. */
const QUIET = 4;

function QrCode({ text }: { readonly text: string }): ReactElement {
  const { size, path } = useMemo(() => {
    const rows = qrCode(text);
    const squares = rows.flatMap((row, y) =>
      row.flatMap((isDark, x) => (isDark ? [`M${x + QUIET} ${y + QUIET}h1v1h-1z`] : [])),
    );
    return { size: rows.length + 2 * QUIET, path: squares.join('') };
  }, [text]);
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={texts.qrLabel}>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#17181c" shapeRendering="crispEdges" />
    </svg>
  );
}
