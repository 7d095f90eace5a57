import { DIALECTS, ENDPOINTS, framesOf, SOCKETS } from '../asyncapi/document.js';
import type { Dialect, Direction, Endpoint, Frame } from '../asyncapi/frame.js';
import { SOCKET_SCHEMAS } from '../asyncapi/schemas.js';
import type { Schema, Schemas } from '../schema.js';
import { escaped } from './page.js';

/** The sockets' document as an HTML page without scripts, generated from the same frames. */

const SIDES = [
  ['toServer', 'Client messages'],
  ['toClient', 'Server messages'],
] as const satisfies readonly (readonly [Direction, string])[];

/** Converts `code`, **strong** and [links](to) to HTML. */
function prose(text: string): string {
  return escaped(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replace(/\[([^\]]+)\]\(([^)]+)\)/g, '<a href="$2">$1</a>');
}

const paragraphs = (text: string): string =>
  text
    .split('\n\n')
    .map((paragraph) => `<p>${prose(paragraph)}</p>`)
    .join('');

const anchorOf = (...parts: readonly string[]): string => parts.join('-').replaceAll('.', '-');

/** Describes the type of a value. */
function kindOf(schema: Schema): string {
  const { $ref: reference, anyOf, const: only, enum: words, type, items } = schema;
  if (typeof reference === 'string') return linkTo(reference.split('/').at(-1) ?? '');
  if (Array.isArray(anyOf)) return anyOf.map((one) => kindOf(one as Schema)).join(' or ');
  if (only !== undefined) return `<code>${escaped(JSON.stringify(only))}</code>`;
  if (Array.isArray(words)) return words.map((word) => `<code>${escaped(JSON.stringify(word))}</code>`).join(' | ');
  if (type === 'array') return `list of ${kindOf((items ?? {}) as Schema)}`;
  return [type ?? 'anything'].flat().map(String).join(' or ') + boundsOf(schema);
}

const linkTo = (name: string): string => `<a href="#${anchorOf('schema', name)}">${name}</a>`;

function boundsOf({ minimum, maximum, minLength, maxLength }: Schema): string {
  const [least, most] = [minimum ?? minLength, maximum ?? maxLength].map((bound) => JSON.stringify(bound));
  const what = minLength === undefined && maxLength === undefined ? '' : ' characters';
  if (least === undefined && most === undefined) return '';
  if (most === undefined) return `, ≥ ${least ?? ''}${what}`;
  return least === undefined ? `, ≤ ${most}${what}` : `, ${least}–${most}${what}`;
}

/** A schema's description as HTML. */
const aboutOf = ({ description }: Schema): string => (typeof description === 'string' ? prose(description) : '');

/** Table rows for an object's fields, followed by those of nested objects. */
function rowsOf(schema: Schema, prefix = ''): string {
  const required = new Set((schema['required'] ?? []) as string[]);
  return Object.entries((schema['properties'] ?? {}) as Schemas)
    .map(([key, value]) => rowOf(prefix + key, value, required.has(key)))
    .join('');
}

function rowOf(path: string, schema: Schema, isRequired: boolean): string {
  const nested = schema['properties'] === undefined ? '' : rowsOf(schema, `${path}.`);
  const presence = isRequired ? '' : ' <small>optional</small>';
  return `<tr><th scope="row"><code>${escaped(path)}</code>${presence}</th><td>${kindOf(schema)}</td><td>${aboutOf(schema)}</td></tr>${nested}`;
}

const table = (schema: Schema): string =>
  `<div class="wide"><table><thead><tr><th scope="col">Key</th><th scope="col">Value</th><th scope="col">Meaning</th></tr></thead><tbody>${rowsOf(schema)}</tbody></table></div>`;

const frame = (endpoint: Endpoint, dialect: Dialect, { name, word, summary, schema, example }: Frame): string => `
<details id="${anchorOf(endpoint, dialect, name)}"><summary><code>${escaped(word)}</code> ${prose(summary)}</summary>
<pre><code>${escaped(JSON.stringify(example, null, 2))}</code></pre>${table(schema)}</details>`;

const side = (endpoint: Endpoint, dialect: Dialect, [direction, title]: (typeof SIDES)[number]): string => `
<h4>${title}</h4>${framesOf(endpoint, dialect, direction)
  .map((one) => frame(endpoint, dialect, one))
  .join('')}`;

const dialectPart = (endpoint: Endpoint, dialect: Dialect): string => `
<h3 id="${anchorOf(endpoint, dialect)}">${dialect === 'type-payload' ? '<code>{type, payload}</code>' : '<code>{action, data}</code>, <code>{event, data}</code>'}${
  SOCKETS.channels[endpoint].native === dialect ? ' <small>native here</small>' : ''
}</h3>${SIDES.map((one) => side(endpoint, dialect, one)).join('')}`;

const endpointPart = (endpoint: Endpoint): string => {
  const { address, title, description, query } = SOCKETS.channels[endpoint];
  const parameters = Object.entries(query)
    .map(([name, about]) => `<dt><code>${name}</code></dt><dd>${prose(about)}</dd>`)
    .join('');
  return `<section><h2 id="${endpoint}">${title}: <code>${address}</code></h2>${paragraphs(description)}
<h3>Query</h3><dl>${parameters}</dl>${DIALECTS.map((dialect) => dialectPart(endpoint, dialect)).join('')}</section>`;
};

const schemaPart = ([name, schema]: readonly [string, Schema]): string => `
<details id="${anchorOf('schema', name)}"><summary><code>${name}</code> ${aboutOf(schema)}</summary>${table(schema)}</details>`;

const navigation = ENDPOINTS.map((endpoint) => {
  const dialects = DIALECTS.map((dialect) => `<li><a href="#${anchorOf(endpoint, dialect)}">${dialect}</a></li>`);
  return `<li><a href="#${endpoint}"><code>${SOCKETS.channels[endpoint].address}</code></a><ul>${dialects.join('')}</ul></li>`;
}).join('');

const PAGE = `<header><h1>Metronome: sockets</h1>${paragraphs(SOCKETS.description)}
<nav aria-label="Contents"><ul>${navigation}<li><a href="#objects">Objects</a></li></ul>
<p><a href="/asyncapi.json">AsyncAPI 3 document</a> · <a href="/docs">REST</a></p></nav></header>
<main>${ENDPOINTS.map(endpointPart).join('')}
<section><h2 id="objects">Objects</h2>${Object.entries(SOCKET_SCHEMAS).map(schemaPart).join('')}</section></main>`;

/** The body of the page. */
export const asyncApiPage = (): string => PAGE;
