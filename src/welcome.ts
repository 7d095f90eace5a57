import type { Settings } from './config/settings.js';

/** What a person who typed `npm start` sees: where it listens, where the documents are, and one call that works. */
export function welcome(settings: Settings, port: number): string {
  const here = `http://localhost:${port}`;
  const { url } = settings.database;
  return `
  Metronome listens on ${settings.http.host}:${port}  (${settings.http.publicUrl})
  Database   ${url === undefined ? `embedded PostgreSQL in ${settings.dataDir}` : 'DATABASE_URL'}
  Pages      ${here}  rooms and timers for people
  API        ${here}/docs${settings.playground ? `, to try: ${here}/playground` : ''}
  Try it     curl -X POST ${here}/api/v1/rooms -H 'Content-Type: application/json' -d '{"room_name": "my-team"}'
             curl -X POST ${here}/v1/auth/signup -H 'Content-Type: application/json' \\
               -d '{"email": "me@example.com", "password": "a good one"}'${withoutToken(settings)}
  Stop it    Ctrl-C

`;
}

/** How the guides' samples run as they are printed: only in development, where it is allowed. */
function withoutToken({ development, auth }: Settings): string {
  if (!development) return '';
  if (auth.mode === 'open') return '\n  No token   AUTH_MODE=open: calls of v1 without a token are the test user';
  return '\n  No token   AUTH_MODE=open npm start   takes calls of v1 without one, from this machine alone';
}
