// A real OpenID provider in a process of its own: oidc-provider is an ES module that Jest would have to transpile.
// Told what to do, and answering, by IPC: { id, command, argument } → { id, result } or { id, error }.
import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { URLSearchParams } from 'node:url';
import Provider from 'oidc-provider';

const { fetch } = globalThis;
const CLIENT = 'web-app';
const CALLBACK = 'http://127.0.0.1:9/callback';
/** @type {Map<string, Record<string, unknown>>} claims by `sub` */
const accounts = new Map();
const requests = { discovery: 0, keys: 0 };
/** What stands between the provider and who asks it. */
let mode = 'up';
let keys = newKeys(1);
let handle;

const server = createServer((request, response) => {
  // Connections are cut when the mode changes, and whoever kept one would find out too late.
  response.shouldKeepAlive = false;
  if (request.url === '/.well-known/openid-configuration') requests.discovery += 1;
  if (request.url === '/jwks') requests.keys += 1;
  if (mode === 'silent') return;
  if (mode === 'broken') response.writeHead(500).end('{}');
  else if (request.url.startsWith('/sign-in/')) void signInPage(request, response);
  else handle(request, response);
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address();
const issuer = `http://127.0.0.1:${port}`;
let provider = newProvider();

function newKeys(rsaKeys) {
  const jwk = (alg, type, options) => {
    const { privateKey } = generateKeyPairSync(type, options);
    return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: randomUUID() };
  };
  const rsa = Array.from({ length: rsaKeys }, () => jwk('RS256', 'rsa', { modulusLength: 2048 }));
  return [...rsa, jwk('ES256', 'ec', { namedCurve: 'P-256' })];
}

function newProvider() {
  const made = new Provider(issuer, {
    jwks: { keys },
    clients: [
      {
        client_id: CLIENT,
        token_endpoint_auth_method: 'none',
        redirect_uris: [CALLBACK],
        require_auth_time: true,
      },
    ],
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, ...accounts.get(sub) }) }),
    claims: { profile: ['name', 'preferred_username', 'picture'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    extraTokenClaims: (_context, token) => accounts.get(token.accountId),
    cookies: { keys: ['only for tests'] },
    interactions: { url: (_context, interaction) => `/sign-in/${interaction.uid}` },
    loadExistingGrant,
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_context, audience) => ({ scope: 'api', audience, accessTokenFormat: 'jwt' }),
      },
    },
  });
  handle = made.callback();
  return made;
}

/** Everybody agrees to everything. */
async function loadExistingGrant({ oidc }) {
  const grant = new oidc.provider.Grant({ clientId: CLIENT, accountId: oidc.session.accountId });
  grant.addOIDCScope('openid profile email');
  grant.addResourceScope(oidc.params.resource, 'api');
  await grant.save();
  return grant;
}

/** Whoever is hinted at is signed in. */
async function signInPage(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  await provider.interactionFinished(request, response, { login: { accountId: params.login_hint } });
}

/** The authorization code flow with PKCE, as a browser and its page go through it. */
async function signIn({ sub, claims, audience }) {
  accounts.set(sub, claims);
  const verifier = randomUUID() + randomUUID();
  const code = await authorize({
    client_id: CLIENT,
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: 'openid profile email api',
    resource: audience,
    login_hint: sub,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: CLIENT,
      redirect_uri: CALLBACK,
      code_verifier: verifier,
      code,
    }),
  });
  const { access_token: accessToken, id_token: idToken, ...rest } = await answer.json();
  if (!accessToken) throw new Error(`no token: ${JSON.stringify(rest)}`);
  return { accessToken, idToken };
}

async function authorize(parameters) {
  const cookies = new Map();
  let url = `${issuer}/auth?${new URLSearchParams(parameters)}`;
  while (!url.startsWith(CALLBACK)) {
    const headers = { Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
    const answer = await fetch(url, { redirect: 'manual', headers });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      cookies.set(name, value);
    }
    const next = answer.headers.get('location');
    if (next === null) throw new Error(`sign-in ended with ${answer.status}: ${await answer.text()}`);
    url = new URL(next, url).href;
  }
  const code = new URL(url).searchParams.get('code');
  if (code === null) throw new Error(`no code: ${url}`);
  return code;
}

async function setMode(next) {
  server.closeAllConnections();
  if (mode === 'down') await once(server.listen(port, '127.0.0.1'), 'listening');
  if (next === 'down') await new Promise((resolve) => server.close(resolve));
  mode = next;
}

const commands = {
  describe: () => ({ issuer, clientId: CLIENT, keys }),
  signIn,
  setMode,
  rotate: (rsaKeys) => {
    keys = newKeys(rsaKeys);
    provider = newProvider();
    return keys;
  },
  requests: () => requests,
};

process.on('message', async ({ id, command, argument }) => {
  try {
    process.send({ id, result: await commands[command](argument) });
  } catch (error) {
    process.send({ id, error: error.stack });
  }
});
process.on('disconnect', () => process.exit());
process.send({ id: 'ready' });
