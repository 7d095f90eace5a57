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
               -d '{"email": "me@example.com", "password": "a good one"}'
  Stop it    Ctrl-C

`;
}
