import type { CallOptions, Http } from './http.js';

/**
 * A list of the server that comes in pages (v1.md 1.2): nothing is fetched before it is come to.
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

  /** Page by page. */
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

  /** @param max pages are fetched until there are so many */
  async toArray(max = Infinity): Promise<Item[]> {
    const items: Item[] = [];
    for await (const page of this.pages()) {
      items.push(...page);
      if (items.length >= max) break;
    }
    return items.slice(0, max);
  }
}

/** Only the cursor is taken from the link: its host may be another than the one that we reach the server by. */
function cursorOf(link: string | null): string | undefined {
  const next = /<([^>]*)>; *rel="next"/.exec(link ?? '')?.[1];
  return next === undefined ? undefined : (new URL(next, 'http://base').searchParams.get('cursor') ?? undefined);
}
