import type { Reply } from '../support/http.js';
import { IMPERSONAL, ROUTES, type Row, type Sending } from './routes.js';
import { routesOf } from './router.js';
import { MARK, type Role, ROLES, World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.begin();
}, 60_000);
afterAll(() => world.http.close());

async function call(route: string, role: Role, { path = {}, query, body, headers, as }: Sending): Promise<Reply> {
  const [method = '', pattern = ''] = route.split(' ');
  const filled = pattern.replace(/:(\w+)/g, (_, name: string) => path[name] ?? name);
  return world.http.call({
    method,
    path: query === undefined ? filled : `${filled}?${query}`,
    body,
    headers: { ...(as ?? world.credentials(role)), ...headers },
  });
}

const statusesOf = ({ statuses }: Row): number[] => statuses.trim().split(' ').map(Number);
const textOf = ({ body }: Reply): string => JSON.stringify(body);
const isRefused = ([, status]: [Role, number]): boolean => status >= 400;

/** The calls of these roles, one after the other, and what each was answered. */
async function callAll(
  route: string,
  row: Row,
  calls: readonly (readonly [Role, Sending])[],
): Promise<[Role, number][]> {
  const seen: [Role, number][] = [];
  for (const [role, sending] of calls) {
    const reply = await call(route, role, sending);
    seen.push([role, reply.status]);
    if (!mayShowTexts(row, role)) expect([role, textOf(reply)]).not.toEqual([role, expect.stringContaining(MARK)]);
  }
  return seen;
}

async function prepared(row: Row, roles: readonly [Role, number][]): Promise<[Role, Sending][]> {
  const calls: [Role, Sending][] = [];
  for (const [role] of roles) calls.push([role, await row.send(world, role)]);
  return calls;
}

/** Others see the owner's texts only where they were let in. */
const mayShowTexts = (row: Row, role: Role): boolean => row.open === true || role === 'owner' || role === 'viewer';

it('knows every route', () => {
  const routes = routesOf(world.http.app);
  expect(routes.length).toBeGreaterThan(90);
  expect(routes.filter((route) => !(route in ROUTES) && !IMPERSONAL.test(route))).toEqual([]);
  expect(Object.keys(ROUTES).filter((route) => !routes.includes(route))).toEqual([]);
});

it.each(Object.entries(ROUTES).map(([route, row]) => [route, row.about, row] as const))(
  '%s: %s',
  async (route, _, row) => {
    const expected = statusesOf(row).map((status, index): [Role, number] => [ROLES[index] ?? 'owner', status]);
    const refused = expected.filter(isRefused);
    // What they aim at is there before, and nothing of it is changed.
    const calls = await prepared(row, refused);
    const before = await world.fingerprint();
    expect(await callAll(route, row, calls)).toEqual(refused);
    expect(await world.fingerprint()).toBe(before);
    for (const one of expected.filter((each) => !isRefused(each))) {
      expect(await callAll(route, row, await prepared(row, [one]))).toEqual([one]);
    }
  },
);

it('answers everybody alike where there is nobody in it', async () => {
  for (const route of routesOf(world.http.app).filter((one) => IMPERSONAL.test(one))) {
    const replies = await Promise.all(ROLES.map((role) => call(route, role, {})));
    expect([route, new Set(replies.map(({ status }) => status)).size]).toEqual([route, 1]);
    for (const reply of replies) expect(textOf(reply)).not.toContain(MARK);
  }
});

it('has written no password, token or code into the log', () => {
  expect(world.http.secretCount).toBeGreaterThan(50);
  world.http.expectNoSecretInLog();
});
