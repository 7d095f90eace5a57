// Holds recorded HTTP answers against the OpenAPI document.
import { Schemas } from './schemas.mjs';

/** What HTTP, Express, CORS and Nest put on answers by themselves. */
const EVERYWHERE = new Set([
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'sec-websocket-accept',
  'sec-websocket-version',
  'transfer-encoding',
  'upgrade',
  'vary',
  'x-powered-by',
]);
const isOfCors = (name) => name.startsWith('access-control-');

export class Answers {
  /** @param beyondCalls answers that belong to no call, by the beginning of the path */
  constructor(document, beyondCalls) {
    this.document = document;
    this.beyondCalls = beyondCalls;
    this.schemas = new Schemas(document.components.schemas);
    this.calls = Object.entries(document.paths)
      .map(([path, methods]) => ({ path, methods, pattern: patternOf(path) }))
      .sort((one, other) => weight(one.path) - weight(other.path));
    this.seen = new Set();
    this.problems = new Map();
  }

  /** Looks at one answer; what is wrong with it is kept. */
  check(answer) {
    const { method, path, status } = answer;
    if (method === 'OPTIONS' && status === 204) return;
    const found = this.callOf(answer);
    // Handshakes are answered beside the router: a page is nothing that a socket opens.
    const call = isHandshake(answer) && found && !found.operation.responses[101] ? undefined : found;
    const where = `${method} ${call?.path ?? path} ${status}`;
    const documented = this.documented(call, answer);
    if (documented === undefined) {
      this.blame(where, call ? 'this status is not documented' : 'this route is not documented', answer);
      return;
    }
    const [name, response] = documented;
    this.seen.add(name);
    for (const problem of [
      ...this.bodyProblems(response, answer, name),
      ...this.headerProblems(response, answer, call),
    ]) {
      this.blame(where, problem, answer);
    }
    if (call) for (const problem of this.requestProblems(call, answer)) this.blame(where, problem, answer);
  }

  callOf({ method, path }) {
    const plain = withoutSlash(path);
    const found = this.calls.find(({ pattern }) => pattern.test(plain));
    const operation = found?.methods[method === 'HEAD' ? 'get' : method.toLowerCase()];
    return operation && { path: found.path, operation };
  }

  /** @returns how the answer is counted, and its response */
  documented(call, answer) {
    const { path, status } = answer;
    const response = call?.operation.responses[status];
    const own = response && this.counted(response, `${call.operation.operationId} ${status}`);
    // A call that is there has no such answer, unless its path could not be read.
    const beyond = call && status !== 400 ? undefined : this.beyond(path, status);
    if (!own || !beyond) return own ?? beyond;
    return this.bodyProblems(own[1], answer, own[0]).next().done ? own : beyond;
  }

  /** What is answered before any call is found. */
  beyond(path, status) {
    const [, statuses] = this.beyondCalls.find(([prefix]) => `${withoutSlash(path)}/`.startsWith(prefix)) ?? [];
    const name = statuses?.[status];
    return name && [name, this.document.components.responses[name]];
  }

  counted(response, place) {
    const shared = (response.$ref ?? response['x-same-as'])?.split('/').at(-1);
    const resolved = response.$ref ? this.document.components.responses[shared] : response;
    return [shared ?? place, resolved];
  }

  *bodyProblems({ content }, { method, headers, body }, name) {
    if (method === 'HEAD') return;
    if (content === undefined) {
      if (body !== undefined && body !== '') yield `a body is not documented`;
      return;
    }
    const type = String(headers['content-type'] ?? '').split(';')[0];
    const described = content[type];
    if (described === undefined) {
      yield `content type ${type} is not documented`;
      return;
    }
    this.seen.add(`${name} ${type}`);
    if (!type.includes('json') || body === undefined) return;
    const problem = this.schemas.problemWith(described.schema, body);
    if (problem) yield `body: ${problem}`;
    else this.schemas.cover(described.schema, body, name);
  }

  *headerProblems({ headers: documented = {} }, { headers }, call) {
    const named = new Map(Object.entries(documented).map(([name, part]) => [name.toLowerCase(), this.headerOf(part)]));
    for (const [name, value] of Object.entries(headers)) {
      const header = named.get(name);
      if (header === undefined) {
        if (!EVERYWHERE.has(name) && !isOfCors(name)) yield `header ${name} is not documented`;
        continue;
      }
      this.seen.add(`header ${header.key}`);
      const problem = this.schemas.problemWith(header.schema, typed(value, header.schema));
      if (problem) yield `header ${name}: ${problem}`;
    }
    // A handshake to nowhere is refused before there is a request.
    if (call === undefined && isHandshake({ headers })) return;
    for (const [name, { required }] of named) {
      if (required && headers[name] === undefined) yield `header ${name} is missing`;
    }
  }

  headerOf({ $ref }) {
    const key = $ref.split('/').at(-1);
    return { key, ...this.document.components.headers[key] };
  }

  /** What the server took has to be what the document says that it takes. */
  *requestProblems({ operation }, { asked }) {
    const content = operation.requestBody?.content;
    const type = String(asked?.type ?? '').split(';')[0];
    const described = content?.[type];
    if (described === undefined || !type.includes('json')) return;
    if (typeof asked.body !== 'object' || asked.body === null) return;
    const problem = this.schemas.problemWith(described.schema, asked.body);
    if (problem) yield `was taken: ${problem}`;
    else this.schemas.cover(described.schema, asked.body, `${operation.operationId} request`);
  }

  blame(where, problem, { body }) {
    const line = `${where}: ${problem}`;
    if (!this.problems.has(line)) this.problems.set(line, JSON.stringify(body)?.slice(0, 300));
  }

  /** Everything that is documented, as `check` counts it. */
  everything() {
    const headers = Object.keys(this.document.components.headers).map((key) => `header ${key}`);
    return [...this.responses().keys(), ...headers];
  }

  /** Every response, by the name that it is counted under. */
  responses() {
    const { responses } = this.document.components;
    const calls = Object.values(this.document.paths).flatMap((methods) => Object.values(methods));
    const own = calls.flatMap(({ operationId, responses: answers }) =>
      Object.entries(answers).map(([status, response]) => this.counted(response, `${operationId} ${status}`)),
    );
    const shared = Object.entries(responses);
    return new Map([...own, ...shared]);
  }

  /** Content types of answers that were seen, but never with this one. */
  unseenTypes() {
    return [...this.responses()]
      .filter(([name]) => this.seen.has(name))
      .flatMap(([name, { content }]) => Object.keys(content ?? {}).map((type) => `${name} ${type}`))
      .filter((name) => !this.seen.has(name));
  }

  unseen() {
    return [
      ...this.everything().filter((name) => !this.seen.has(name)),
      ...this.unseenTypes(),
      ...this.schemas.unseen(),
    ];
  }
}

const isHandshake = ({ headers }) => headers['x-request-id'] === undefined;

const withoutSlash = (path) => (path.length > 1 ? path.replace(/\/+$/, '') : path);

/** Fixed segments win over parts in braces. */
const weight = (path) => (path.match(/\{/g) ?? []).length * 100 - path.length;

function patternOf(path) {
  const pattern = withoutSlash(path)
    .replaceAll('.', String.raw`\.`)
    .replaceAll(/\{[^}]+\}/g, '[^/]+');
  return new RegExp(`^${pattern}$`);
}

const typed = (value, { type }) => (type === 'integer' ? Number(value) : Array.isArray(value) ? value[0] : value);
