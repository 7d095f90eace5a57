import type { Express } from 'express';

interface RouterLayer {
  match(path: string): boolean;
  route?: { methods: Record<string, boolean> };
}

/**
 * The methods that the registered routes support at this path, in upper case and sorted; empty when no route matches.
 * Express replies with 404 only, but the contracts require 405 with `Allow` (docs/spec/legacy.md#legacy-api,
 * docs/spec/v1.md#23-others, docs/spec/rooms.md#errors).
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
