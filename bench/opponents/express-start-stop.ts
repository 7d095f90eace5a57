import { createHash } from 'node:crypto';
import express, { type Request, type Response } from 'express';
import { Pool } from 'pg';

/**
 * A hand-written handler: Express 5 and `pg`, a token cache, one named statement per call. It validates only the token,
 * keeps no history and no log, and broadcasts nothing. Its tables: start-stop-schema.ts.
 */
const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 16 });
const BELIEVED_FOR_MS = 4_000;
const known = new Map<string, { userId: string; until: number }>();

const PERSON = { name: 'person', text: 'SELECT user_id FROM tokens WHERE token_hash = $1' };
const START = {
  name: 'start',
  text: `INSERT INTO timers (user_id, title) SELECT $1, $2
    WHERE NOT EXISTS (SELECT FROM timers WHERE user_id = $1 AND ended_at IS NULL) ON CONFLICT DO NOTHING`,
};
const STOP = {
  name: 'stop',
  text: `UPDATE timers SET ended_at = now(), elapsed = extract(epoch FROM now() - started_at)
    WHERE user_id = $1 AND ended_at IS NULL`,
};

async function personOf(request: Request): Promise<string | undefined> {
  const token = /^Token ([0-9a-f]{40})$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const hash = createHash('sha256').update(token).digest();
  const key = hash.toString('base64');
  const cached = known.get(key);
  if (cached !== undefined && cached.until > Date.now()) return cached.userId;
  const { rows } = await pool.query<{ user_id: string }>({ ...PERSON, values: [hash] });
  if (rows[0]) known.set(key, { userId: rows[0].user_id, until: Date.now() + BELIEVED_FOR_MS });
  return rows[0]?.user_id;
}

/** Runs the statement of a call; when it changes no row, the call is refused. */
async function answer(request: Request, response: Response, statement: typeof START, ...more: string[]): Promise<void> {
  const userId = await personOf(request);
  if (userId === undefined) {
    response.status(401).json({ detail: 'Invalid token.' });
    return;
  }
  const { rowCount } = await pool.query({ ...statement, values: [userId, ...more] });
  const [status, text] = rowCount === 1 ? [200, 'OK'] : [409, 'Conflict'];
  response.status(status).json({ status, detial: text, detail: text, data: {} });
}

const app = express().disable('etag').disable('x-powered-by');
app.get('/health', (_request, response) => void response.json({}));
app.post('/v1/user/timer/start', express.urlencoded({ extended: false }), (request, response) =>
  answer(request, response, START, (request.body as { title: string }).title),
);
app.post('/v1/user/timer/stop', (request, response) => answer(request, response, STOP));
app.listen(Number(process.env['PORT']), '127.0.0.1');
