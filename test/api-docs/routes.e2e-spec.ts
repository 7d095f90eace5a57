import type { Express } from 'express';

import { openApiDocument } from '../../src/api-docs/openapi/document.js';
import { startTestApp, type TestApp } from '../support/app.js';

interface Layer {
  readonly route?: { readonly path: string | readonly string[]; readonly methods: Readonly<Record<string, boolean>> };
}

/** `GET /v1/timers/{}`: what parameters are called, and a slash at the end, make no other route. */
const named = (method: string, path: string): string =>
  `${method.toUpperCase()} ${path.replaceAll(/:\w+|\{\w+\}/g, '{}').replace(/(.)\/$/, '$1')}`;

function routesOf(express: Express): string[] {
  const layers = express.router.stack as unknown as Layer[];
  return layers.flatMap(({ route }) =>
    route === undefined
      ? []
      : [route.path].flat().flatMap((path) => Object.keys(route.methods).map((method) => named(method, path))),
  );
}

type Operations = Readonly<Record<string, { readonly responses: object; readonly operationId: string }>>;

describe('the OpenAPI document', () => {
  const paths = Object.entries(openApiDocument['paths'] as Readonly<Record<string, Operations>>);
  const operations = paths.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ route: named(method, path), ...operation })),
  );
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp();
  });

  afterAll(() => app.close());

  it('has every route of the server, and no other', () => {
    const routes = new Set(routesOf(app.app.getHttpAdapter().getInstance()));
    // Handshakes are answered beside the router.
    const documented = operations.filter(({ responses }) => !('101' in responses)).map(({ route }) => route);
    expect(routes.size).toBeGreaterThan(80);
    expect(documented.filter((route) => !routes.has(route))).toEqual([]);
    expect([...routes].filter((route) => !documented.includes(route))).toEqual([]);
  });

  it('names each call once', () => {
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
  });
});
