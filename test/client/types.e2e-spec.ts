import { readFileSync } from 'node:fs';

import { typesOf } from '../../clients/typescript/schema-types.mjs';
import { asyncApiDocument } from '../../src/api-docs/asyncapi/document.js';
import { openApiDocument } from '../../src/api-docs/openapi/document.js';

describe('the types of the client', () => {
  it('are what generate-types.mjs makes of the API documents', () => {
    const plain = JSON.parse(JSON.stringify({ openApiDocument, asyncApi: asyncApiDocument('localhost:8000') })) as {
      openApiDocument: object;
      asyncApi: object;
    };
    const committed = readFileSync('clients/typescript/src/types.ts', 'utf8');
    expect(typesOf(plain.openApiDocument, plain.asyncApi)).toBe(committed);
  });
});
