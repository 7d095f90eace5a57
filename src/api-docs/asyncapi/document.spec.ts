import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

import { asyncApiDocument, DIALECTS, ENDPOINTS, framesOf, messageKey } from './document.js';
import { SOCKET_SCHEMAS } from './schemas.js';

const DIRECTIONS = ['toClient', 'toServer'] as const;

/** Turns references to components into local ones. */
const local = (schema: object): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', '')) as object;

const frames = ENDPOINTS.flatMap((endpoint) =>
  DIALECTS.flatMap((dialect) =>
    DIRECTIONS.flatMap((direction) =>
      framesOf(endpoint, dialect, direction).map((frame) => [messageKey(endpoint, dialect, frame), frame] as const),
    ),
  ),
);

describe('the document of the sockets', () => {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  for (const [name, schema] of Object.entries(SOCKET_SCHEMAS)) ajv.addSchema(local(schema), name);

  it('names each frame once', () => {
    const keys = frames.map(([key]) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(Object.keys((asyncApiDocument('localhost')['components'] as { messages: object }).messages)).toEqual(keys);
  });

  it.each(frames)('%s has an example that is one', (_, { schema, example }) => {
    const validate = ajv.compile(local(schema));
    validate(example);
    expect(validate.errors).toBeNull();
  });
});
