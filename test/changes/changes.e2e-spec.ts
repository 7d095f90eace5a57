import { Http, newEmail, PASSWORD, type Reply } from '../support/http.js';

/** What the contracts say otherwise than when they were built, as the wire shows it, where no suite of its own does. */

let http: Http;
let token: string;

beforeAll(async () => {
  http = await Http.start();
  token = (await http.signUp()).access_token;
});
afterAll(() => http.close());

const SEOUL = 'timezone=Asia%2FSeoul';
const bodyOf = ({ body }: Reply) => body as Record<string, unknown>;

/** The same person by two spellings: who signs up by the one signs in by the other. */
async function spelledTwice(first: readonly [string, string], second: readonly [string, string]): Promise<unknown> {
  const id = async (reply: Reply) =>
    bodyOf(await http.get('/v1/users/me', String(bodyOf(reply)['access_token'])))['id'];
  const signedUp = await http.post('/v1/auth/signup', { email: first[0], password: first[1] });
  const loggedIn = await http.logIn(...second);
  return [signedUp.status, loggedIn.status, (await id(signedUp)) === (await id(loggedIn))];
}

/** A series of all days, as Seoul is told it; then once more by what was told. */
async function neverEnding(): Promise<unknown> {
  const sent = {
    title: 'for ever',
    start_time: '2026-03-02T09:00:00Z',
    end_time: '2026-03-02T10:00:00Z',
    recurrence_rule: 'FREQ=DAILY',
    recurrence_end: '9999-12-31T23:59:59Z',
  };
  const first = bodyOf(await http.post(`/v1/schedules?${SEOUL}`, sent, token));
  const again = { ...sent, recurrence_end: first['recurrence_end'] };
  const second = await http.post(`/v1/schedules?${SEOUL}`, again, token);
  return [first['recurrence_end'], second.status, bodyOf(second)['recurrence_end']];
}

async function lifetimeIn(mode: string): Promise<unknown> {
  const env = { NODE_ENV: mode, JWT_SECRET: 'x'.repeat(40), PUBLIC_URL: 'https://timers.example.com' };
  const other = await Http.start({ env });
  const signedUp = await other.post('/v1/auth/signup', { email: newEmail(), password: PASSWORD });
  await other.close();
  return bodyOf(signedUp)['expires_in'];
}

const address = newEmail();
const local = `wide-${process.pid}`;

const ROWS: readonly (readonly [rule: string, shown: () => Promise<unknown>, right: unknown])[] = [
  ['v1 3.1: a token lasts 15 minutes in production', () => lifetimeIn('production'), 900],
  ['v1 3.1: and 24 hours in development', () => lifetimeIn('development'), 86_400],
  [
    'v1 3.1: the domain of an address in its ASCII form, as a width',
    () => spelledTwice([`${local}@ｅxample.com`, PASSWORD], [`${local}@example.com`, PASSWORD]),
    [201, 200, true],
  ],
  [
    'v1 3.1: and as another full stop and other letters',
    () => spelledTwice([`${local}@xn--bcher-kva.example`, PASSWORD], [`${local}@bücher。example`, PASSWORD]),
    [201, 200, true],
  ],
  [
    'v1 3.1: a password composed here and decomposed there',
    () => spelledTwice([address, 'caf\u00e9 au lait'], [address, 'cafe\u0301 au lait']),
    [201, 200, true],
  ],
  [
    'v1 1.3: the end of 9999 is told to every zone, and taken back',
    neverEnding,
    ['9999-12-31T08:59:59+09:00', 201, '9999-12-31T08:59:59+09:00'],
  ],
];

it.each(ROWS)('%s', async (_, shown, right) => {
  expect(await shown()).toEqual(right);
});
