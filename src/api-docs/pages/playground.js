/* global document, location, performance, WebSocket, URLSearchParams, FormData */

/** /playground: sends calls and frames by hand, with forms built from /openapi.json and /asyncapi.json. */

const element = (id) => document.getElementById(id);
const chosen = () => document.querySelector('input[name="generation"]:checked').value;
const token = () => element('token').value.trim();
const roomId = () => element('room').value.trim();

let openApi;
let asyncApi;
/** The calls of the selected API, in the order of the list. */
let operations = [];
let socket;

const load = async (path) => (await fetch(path)).json();

function say(text) {
  element('said').textContent = text;
}

const option = (value, text) => Object.assign(document.createElement('option'), { value, textContent: text });

// --- signing in

/** Each API has a call that issues tokens; rooms need none. */
const SIGN_IN = {
  Legacy: { path: '/v1/user/token/', body: ({ email, password }) => ({ username: email, password }), key: 'token' },
  v1: { path: '/v1/auth/', body: (entered) => entered, key: 'access_token' },
};

async function signIn(event) {
  event.preventDefault();
  const how = event.submitter?.value ?? 'login';
  const entered = Object.fromEntries(new FormData(event.target));
  const wanted = chosen() === 'Legacy' && how === 'login' ? SIGN_IN.Legacy : SIGN_IN.v1;
  const path = wanted === SIGN_IN.v1 ? wanted.path + how : wanted.path;
  const { status, body } = await send('POST', path, wanted.body(entered), {});
  const found = body?.[wanted.key];
  if (found) element('token').value = found;
  say(found ? `Signed in (${status})` : `${status}: ${body?.detail ?? JSON.stringify(body)}`);
}

function authorization() {
  if (token() === '') return {};
  return { Authorization: `${chosen() === 'Legacy' ? 'Token' : 'Bearer'} ${token()}` };
}

function hostProof() {
  const hostToken = element('host-token').value.trim();
  return chosen() === 'Rooms' && hostToken !== '' ? { 'X-Host-Token': hostToken } : {};
}

// --- calls

async function send(method, path, body, headers) {
  const started = performance.now();
  const response = await fetch(path, {
    method,
    headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const took = Math.round(performance.now() - started);
  return { status: response.status, took, headers: [...response.headers], text, body: parsed(text) };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const resolved = (part) =>
  part.$ref
    ? part.$ref
        .slice(2)
        .split('/')
        .reduce((at, key) => at[key], openApi)
    : part;

function offerOperations() {
  operations = Object.entries(openApi.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => operation.tags.includes(chosen()) && operation.responses['101'] === undefined)
      .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
  element('operation').replaceChildren(
    ...operations.map(({ method, path, operation }, index) =>
      option(String(index), `${method} ${path} — ${operation.summary}`),
    ),
  );
  offerParameters();
}

const current = () => operations[Number(element('operation').value)];

/** Prefills the most recently created room. */
const prefilled = ({ name }) => (name === 'room_id' ? roomId() : '');

function offerParameters() {
  const { operation } = current();
  const offered = (operation.parameters ?? []).map(resolved).filter(({ name }) => name !== 'X-Host-Token');
  element('parameters').replaceChildren(...offered.map(parameterField));
  const body = exampleBody(operation);
  element('body-label').hidden = body === undefined;
  element('body').value = body === undefined ? '' : JSON.stringify(body, null, 2);
}

function parameterField(parameter) {
  const label = document.createElement('label');
  const input = Object.assign(document.createElement('input'), { name: parameter.name, value: prefilled(parameter) });
  input.dataset.where = parameter.in;
  input.required = parameter.required === true;
  input.title = parameter.description ?? '';
  label.append(`${parameter.name} (${parameter.in}) `, input);
  return label;
}

function exampleBody({ requestBody }) {
  const json = requestBody?.content['application/json'];
  return json && (json.example ?? Object.values(json.examples ?? {})[0]?.value);
}

async function call(event) {
  event.preventDefault();
  const { method, path } = current();
  const given = [...element('parameters').querySelectorAll('input')].filter(({ value }) => value !== '');
  const of = (where) => given.filter(({ dataset }) => dataset.where === where);
  const filled = of('path').reduce((at, { name, value }) => at.replace(`{${name}}`, encodeURIComponent(value)), path);
  const query = new URLSearchParams(of('query').map(({ name, value }) => [name, value])).toString();
  const headers = Object.fromEntries(of('header').map(({ name, value }) => [name, value]));
  const body = element('body-label').hidden ? undefined : element('body').value;
  const answer = await send(method, query === '' ? filled : `${filled}?${query}`, body, {
    ...authorization(),
    ...hostProof(),
    ...headers,
  });
  show(answer);
  remember(answer.body);
}

function show({ status, took, headers, text, body }) {
  const shown = [
    `${status} in ${took} ms`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    '',
    body === undefined ? text : JSON.stringify(body, null, 2),
  ];
  const pre = Object.assign(document.createElement('pre'), { textContent: shown.join('\n') });
  element('answer').replaceChildren(pre);
}

/** Selects a room that was just created. */
function remember(body) {
  const { room_id: id, host_token: hostToken } = body?.data ?? {};
  if (id) element('room').value = id;
  if (hostToken) element('host-token').value = hostToken;
}

// --- the socket

const endpoint = () => (chosen() === 'Rooms' ? 'room' : 'personal');
const native = () => (endpoint() === 'room' ? 'action-event' : 'type-payload');

function offerFrames() {
  const dialect = element('dialect').value || native();
  const { messages } = asyncApi.operations[`${endpoint()}.${dialect}.toServer`];
  const keys = messages.map(({ $ref }) => $ref.split('/').at(-1));
  element('frame').replaceChildren(
    ...keys.map((key) =>
      option(key, `${asyncApi.components.messages[key].name} — ${asyncApi.components.messages[key].summary}`),
    ),
  );
  offerFrame();
}

function offerFrame() {
  const { examples } = asyncApi.components.messages[element('frame').value];
  element('frame-text').value = JSON.stringify(examples[0].payload, null, 2);
}

function address() {
  const query = new URLSearchParams();
  if (element('dialect').value !== '') query.set('dialect', element('dialect').value);
  const path = endpoint() === 'room' ? `/ws/room/${encodeURIComponent(roomId())}` : '/v1/ws/timers';
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}?${query}`;
}

/** Browsers cannot set headers on a handshake, so tokens are sent as subprotocols. */
function protocols() {
  const hostToken = element('host-token').value.trim();
  return [
    ...(token() === '' || chosen() === 'Legacy' ? [] : [`authorization.bearer.${token()}`]),
    ...(endpoint() === 'room' && hostToken !== '' ? [`host.${hostToken}`] : []),
  ];
}

function connect(event) {
  event.preventDefault();
  if (socket) {
    socket.close(1000);
    return;
  }
  const opened = new WebSocket(address(), protocols());
  socket = opened;
  state('connecting');
  opened.onopen = () => state('open');
  opened.onmessage = ({ data }) => log('in', data);
  opened.onclose = ({ code, reason }) => {
    socket = undefined;
    state(`closed (${code}${reason === '' ? '' : ` ${reason}`})`);
  };
}

function state(text) {
  element('state').textContent = text;
  element('connect').textContent = text.startsWith('closed') ? 'Connect' : 'Close';
}

function speak(event) {
  event.preventDefault();
  if (socket?.readyState !== WebSocket.OPEN) {
    state('closed: connect first');
    return;
  }
  const text = element('frame-text').value;
  socket.send(text);
  log('out', text);
}

function log(direction, text) {
  const item = Object.assign(document.createElement('li'), { className: direction });
  const value = parsed(text);
  const title = `${new Date().toLocaleTimeString()} ${direction === 'in' ? '←' : '→'} ${wordOf(value)}`;
  const pre = document.createElement('pre');
  pre.textContent = value === undefined ? text : JSON.stringify(value, null, 2);
  const details = document.createElement('details');
  details.append(Object.assign(document.createElement('summary'), { textContent: title }), pre);
  details.open = true;
  item.append(details);
  element('frames').prepend(item);
}

const wordOf = (value) => value?.type ?? value?.event ?? value?.action ?? '';

// --- all together

function choose() {
  document.body.dataset.generation = chosen();
  offerOperations();
  offerFrames();
}

async function start() {
  [openApi, asyncApi] = await Promise.all([load('/openapi.json'), load('/asyncapi.json')]);
  element('generations').addEventListener('change', choose);
  element('sign-in').addEventListener('submit', signIn);
  element('operation').addEventListener('change', offerParameters);
  element('caller').addEventListener('submit', call);
  element('dialect').addEventListener('change', offerFrames);
  element('frame').addEventListener('change', offerFrame);
  element('connector').addEventListener('submit', connect);
  element('speaker').addEventListener('submit', speak);
  element('clear').addEventListener('click', () => element('frames').replaceChildren());
  choose();
}

void start();
