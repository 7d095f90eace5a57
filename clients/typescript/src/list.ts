import type { CallOptions, Http } from './http.js';

/**
 * A paged list of the server (docs/spec/v1.md#12-lists); pages are fetched as the iteration reaches them.
 *
 * ```ts
 * for await (const timer of metronome.timers.list({ status: ['COMPLETED'] })) …
 * ```
 */
export class List<Item> implements AsyncIterable<Item> {
  constructor(
    private readonly http: Http,
    private readonly path: string,
    private readonly query: CallOptions & object = {},
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for await (const page of this.pages()) yield* page;
  }

  /** Iterates over pages. */
  async *pages(): AsyncGenerator<Item[], void, undefined> {
    let options: object = this.query;
    for (;;) {
      const response = await this.http.send({ method: 'GET', path: this.path, options: { ...options } });
      yield (await response.json()) as Item[];
      const cursor = cursorOf(response.headers.get('link'));
      if (cursor === undefined) return;
      options = { ...this.query, cursor };
    }
  }

  /** @param max stops fetching pages at this many items */
  async toArray(max = Infinity): Promise<Item[]> {
    const items: Item[] = [];
    for await (const page of this.pages()) {
      items.push(...page);
      if (items.length >= max) break;
    }
    return items.slice(0, max);
  }
}

/** Takes only the cursor from the link: its host may differ from the one that this client uses. */
function cursorOf(link: string | null): string | undefined {
  const next = /<([^>]*)>; *rel="next"/.exec(link ?? '')?.[1];
  return next === undefined ? undefined : (new URL(next, 'http://base').searchParams.get('cursor') ?? undefined);
}
