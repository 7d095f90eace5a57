import type { Settings } from './config/settings.js';

/** The text that `npm start` prints: the address, the documents, and a working example call. */
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

/** How the guides' samples run without a token; development only. */
function withoutToken({ development, auth }: Settings): string {
  if (!development) return '';
  if (auth.mode === 'open') return '\n  No token   AUTH_MODE=open: calls of v1 without a token are the test user';
  return '\n  No token   AUTH_MODE=open npm start   takes calls of v1 without one, from this machine alone';
}
