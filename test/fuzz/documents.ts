import { asyncApiDocument } from '../../src/api-docs/asyncapi/document.js';
import { BEYOND_CALLS, openApiDocument } from '../../src/api-docs/openapi/document.js';
import type { Random } from '../crash/random.js';
import type { Json } from './mutator.js';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
  /** A body as the document shows it. */
  readonly examples: readonly unknown[];
}

export interface Word {
  readonly operation: string;
  readonly example: Json;
}

interface Operation {
  parameters?: { $ref?: string; name?: string; in?: string }[];
  requestBody?: { content: Record<string, { examples?: Record<string, { value: unknown }> }> };
}

interface Checker {
  check(record: object): void;
  readonly problems: Map<string, string>;
}

const openApi = JSON.parse(JSON.stringify(openApiDocument)) as {
  paths: Record<string, Record<string, Operation>>;
  components: { parameters: Record<string, { name: string; in: string }> };
};
const asyncApi = JSON.parse(JSON.stringify(asyncApiDocument('localhost:8000'))) as {
  operations: Record<string, { messages: { $ref: string }[] }>;
  components: { messages: Record<string, { examples: { payload: Json }[] }> };
};

/** Every call of the document that is no handshake. */
export function calls(): Call[] {
  return Object.entries(openApi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      if (path.includes('/ws/')) return [];
      const parameters = (operation.parameters ?? []).map(({ $ref, ...own }) =>
        $ref === undefined ? own : openApi.components.parameters[$ref.split('/').at(-1) ?? ''],
      );
      const query = parameters.flatMap((part) => (part?.in === 'query' && part.name !== undefined ? [part.name] : []));
      const contents = Object.values(operation.requestBody?.content ?? {});
      const examples = contents.flatMap(({ examples: all }) => Object.values(all ?? {}).map(({ value }) => value));
      return [{ method: method.toUpperCase(), path, query, examples }];
    }),
  );
}

/** Everything a client may say, by `endpoint.dialect.toServer`. */
export function words(): Word[] {
  return Object.entries(asyncApi.operations).flatMap(([operation, { messages }]) => {
    if (!operation.endsWith('toServer')) return [];
    const examples = messages.flatMap(
      ({ $ref }) => asyncApi.components.messages[$ref.split('/').at(-1) ?? '']?.examples ?? [],
    );
    return examples.map(({ payload }) => ({ operation, example: payload }));
  });
}

/** What holds answers and frames against the documents (test/recorded/check-api-docs.mjs does it for the other tests). */
export async function checkers(): Promise<{ answers: Checker; frames: Checker }> {
  const folder = '../recorded';
  const { Answers } = (await import(`${folder}/answers.mjs`)) as { Answers: new (...parts: unknown[]) => Checker };
  const { Frames } = (await import(`${folder}/frames.mjs`)) as { Frames: new (...parts: unknown[]) => Checker };
  return { answers: new Answers(openApi, BEYOND_CALLS), frames: new Frames(asyncApi) };
}

/** Ids that exist, by the name of what holds them. */
export class Known {
  private readonly ids = new Map<string, string[]>();

  add(kind: string, id: unknown): void {
    if (typeof id === 'string') this.ids.set(kind, [...(this.ids.get(kind) ?? []), id].slice(-30));
  }

  pick(random: Random, kind: string): string {
    const all = this.ids.get(kind) ?? [];
    return all.length > 0 ? random.pick(all) : '00000000-0000-4000-8000-000000000000';
  }

  /** An example with ids that exist here, and names that nobody has yet. */
  fill(random: Random, value: unknown, key = ''): unknown {
    if (Array.isArray(value)) return value.map((item) => this.fill(random, item, key));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, this.fill(random, part, name)]));
    }
    const kind = KIND_OF[key];
    if (kind !== undefined && typeof value === 'string') return this.pick(random, kind);
    return key === 'name' || key === 'email' ? `${Math.floor(random.next() * 1e9)}${String(value)}` : value;
  }
}

/** What the keys of bodies and frames, and parts of paths, stand for. */
export const KIND_OF: { readonly [key: string]: string | undefined } = {
  timer_id: 'timers',
  schedule_id: 'schedules',
  todo_id: 'todos',
  source_todo_id: 'todos',
  parent_id: 'todos',
  tag_ids: 'tags',
  group_id: 'groups',
  tag_group_id: 'groups',
  room_id: 'rooms',
  allowed_user_ids: 'users',
};

/** The kind of thing that a path's last named segment holds. */
export function kindIn(path: string): string {
  const segments = path.split('/').filter((segment) => /^[a-z-]+$/.test(segment));
  return segments.findLast((segment) => KINDS.has(segment)) ?? '';
}

const KINDS = new Set([
  'timers',
  'schedules',
  'todos',
  'tags',
  'groups',
  'rooms',
  'requests',
  'sessions',
  'participants',
]);
