import type { Settings } from './config/settings.js';

/** What a person who typed `npm start` sees: where it listens, where the documents are, and one call that works. */
export function welcome(settings: Settings, port: number): string {
  const here = `http://localhost:${port}`;
  const { url } = settings.database;
  return `
  Metronome listens on ${settings.http.host}:${port}  (${settings.http.publicUrl})
  Database   ${url === undefined ? `embedded PostgreSQL in ${settings.dataDir}` : 'DATABASE_URL'}
  Documents  README.md and docs/ in this folder
  Try it     curl ${here}/health
             npm run --silent cli -- users create me@example.com --password "a good one"
             curl -d username=me@example.com --data-urlencode "password=a good one" ${here}/v1/user/token/
             curl -H "Authorization: Token <token>" -d title=Maths ${here}/v1/user/timer/start/
  Stop it    Ctrl-C

`;
}
