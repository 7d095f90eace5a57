/** A page of the API documents: it loads assets from `/api-docs/` only and has no inline scripts. */
export interface Page {
  readonly title: string;
  readonly styles?: readonly string[];
  readonly scripts?: readonly string[];
  /** HTML. */
  readonly body: string;
}

/** Escapes text for HTML. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

export function html({ title, styles = [], scripts = [], body }: Page): string {
  const heads = styles.map((name) => `<link rel="stylesheet" href="/api-docs/${name}">`);
  const ends = scripts.map((name) => `<script src="/api-docs/${name}"></script>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} · Metronome</title><link rel="icon" href="/api-docs/favicon-32x32.png">
${heads.join('\n')}</head>
<body>
${body}
${ends.join('\n')}
</body></html>`;
}

/** Permissions that a page needs beyond its own assets. */
export interface Needs {
  readonly styles?: string;
  readonly images?: string;
  readonly workers?: string;
  /** Hosts to which the page may open sockets. */
  readonly socketsOf?: readonly string[];
}

/** A strict Content-Security-Policy: no external resources and no inline scripts. */
export function headersOf({ styles = '', images = '', workers, socketsOf = [] }: Needs): Record<string, string> {
  const sockets = socketsOf.map((host) => ` ws://${host} wss://${host}`).join('');
  const policy = [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self'${styles}`,
    `img-src 'self'${images}`,
    `font-src 'self'`,
    `connect-src 'self'${sockets}`,
    ...(workers === undefined ? [] : [`worker-src ${workers}`]),
    `form-action 'self'`,
    `base-uri 'none'`,
    `frame-ancestors 'none'`,
  ];
  return {
    'Content-Security-Policy': policy.join('; '),
    'Cache-Control': 'no-cache',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
}
