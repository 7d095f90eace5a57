import type { Express } from 'express';

interface RouterLayer {
  match(path: string): boolean;
  route?: { methods: Record<string, boolean> };
}

/**
 * The methods that the registered routes answer to at this path, upper case and sorted; none when no route has it.
 * Express knows 404 only, the contracts want 405 with `Allow` (docs/spec/legacy.md#legacy-api, docs/spec/v1.md#23-others,
 * docs/spec/rooms.md#errors).
 */
export function allowedMethods(express: Express, path: string): string[] {
  const layers = express.router.stack as unknown as RouterLayer[];
  const methods = layers
    .filter((layer) => layer.route !== undefined && layer.match(path))
    .flatMap((layer) => Object.keys(layer.route?.methods ?? {}));
  const named = new Set(methods.filter((method) => method !== '_all').map((method) => method.toUpperCase()));
  if (named.has('GET')) named.add('HEAD');
  return [...named].sort();
}
