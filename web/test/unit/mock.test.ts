// SPDX-License-Identifier: Apache-2.0
// The mock server that the page is tried with says only what src/api/openapi.json says: every answer is held against its
// schema. So a page that works with it asks nothing that the contract does not have.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { read } from '../../tools/types.mjs';
import { serve, type Mock } from '../mock/server';

type Schema = { $ref?: string; type?: string; properties?: Record<string, Schema>; required?: string[]; items?: Schema; enum?: unknown[]; additionalProperties?: Schema | boolean };
type Operation = { responses: Record<string, { content?: Record<string, { schema: Schema }> }> };
const document = read() as { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, Schema> } };

function faults(schema: Schema | undefined, value: unknown, where: string): string[] {
  if (!schema) return [];
  if (schema.$ref) return faults(document.components.schemas[schema.$ref.split('/').at(-1)!], value, where);
  if (schema.enum && !schema.enum.includes(value)) return [`${where}: ${JSON.stringify(value)} is none of ${schema.enum.join(', ')}`];
  switch (schema.type) {
    case 'object': {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${where}: no object`];
      const have = value as Record<string, unknown>;
      const missing = (schema.required ?? []).filter((k) => !(k in have)).map((k) => `${where}.${k} is missing`);
      const more = schema.properties && schema.additionalProperties === undefined ? Object.keys(have).filter((k) => !(k in schema.properties!)).map((k) => `${where}.${k} is not described`) : [];
      return [...missing, ...more, ...Object.entries(schema.properties ?? {}).flatMap(([k, s]) => (k in have ? faults(s, have[k], `${where}.${k}`) : []))];
    }
    case 'array': return Array.isArray(value) ? value.slice(0, 20).flatMap((v, i) => faults(schema.items, v, `${where}[${i}]`)) : [`${where}: no array`];
    case 'integer': return Number.isInteger(value) ? [] : [`${where}: no integer`];
    case 'number': return typeof value === 'number' ? [] : [`${where}: no number`];
    case 'string': return typeof value === 'string' ? [] : [`${where}: no text`];
    case 'boolean': return typeof value === 'boolean' ? [] : [`${where}: no boolean`];
    default: return [];
  }
}

let mock: Mock;
let cookie = '';
let csrf = '';
beforeAll(async () => {
  mock = await serve();
  const answer = await fetch(mock.address + '/api/v1/session', { method: 'POST', body: JSON.stringify({ name: 'hana', password: 'correct horse battery' }) });
  cookie = answer.headers.get('set-cookie')!.split(';')[0]!;
  csrf = ((await answer.json()) as { csrf: string }).csrf;
});
afterAll(() => mock.close());

async function ask(method: string, pattern: string, values: Record<string, string>, body?: unknown, headers: Record<string, string> = {}): Promise<unknown> {
  const path = pattern.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(values[name]!));
  const answer = await fetch(mock.address + '/api/v1' + path, { method, headers: { cookie, 'x-hallmark-csrf': csrf, ...headers }, ...(body === undefined ? {} : { body: body instanceof Uint8Array ? new Blob([body as Uint8Array<ArrayBuffer>]) : JSON.stringify(body) }) });
  const described = document.paths[pattern.split('?')[0]!]?.[method.toLowerCase()];
  expect(described, `${method} ${pattern} is not in the description`).toBeDefined();
  const response = described!.responses[String(answer.status)];
  expect(response, `${method} ${pattern}: ${answer.status} is not described`).toBeDefined();
  if (answer.status === 204) return undefined;
  const value: unknown = await answer.json();
  expect(faults(response!.content?.['application/json']?.schema, value, pattern)).toEqual([]);
  return value;
}

test('every answer follows the description', async () => {
  const incident = mock.state.incidents.find((i) => i.name === 'seoul-2013')!.id;
  const sha256 = mock.state.evidence.get(incident)![0]!.sha256;
  for (const path of ['/about', '/session', '/sessions', '/account/preferences', '/account/tokens', '/users', '/incidents', '/search?q=courier', '/uploads', '/actors', '/partners', '/recalls', '/watch/hits', '/audit', '/health']) await ask('GET', path, {});
  for (const part of ['', '/evidence', '/traits', '/timeline', '/notes', '/finding', '/graph', '/attribution', '/claims', '/preview?partner=6ba7b810-9dad-41d1-80b4-00c04fd430c8']) await ask('GET', '/incidents/{incident}' + part, { incident });
  await ask('GET', '/incidents/{incident}/traits/{trait}', { incident, trait: '3' });
  await ask('GET', '/evidence/{sha256}', { sha256 });
  await ask('GET', '/actors/{actor}', { actor: 'North Korea' });
  await ask('GET', '/partners/{partner}/given', { partner: '6ba7b810-9dad-41d1-80b4-00c04fd430c8' });
  await ask('POST', '/incidents', {}, { name: 'new-one' });
  await ask('POST', '/users', {}, { name: 'min', role: 'reader', password: 'long enough to be one' });
  await ask('POST', '/account/tokens', {}, { name: 'script' });
  await ask('POST', '/incidents/{incident}/claims', { incident }, { relation: 'related-to', target: 'x', publisher: 'y', said: '2014-01-01' });
  const note = (await ask('POST', '/incidents/{incident}/notes', { incident }, { text: 'a' })) as { id: string };
  await ask('PUT', '/notes/{note}', { note: note.id }, { text: 'b' }, { 'if-match': '"1"' });
  await ask('GET', '/notes/{note}/versions', { note: note.id });
  const upload = (await ask('POST', '/incidents/{incident}/uploads', { incident }, { name: 'x.log', size: 3 })) as { id: string };
  await ask('PATCH', '/uploads/{upload}', { upload: upload.id }, new Uint8Array([1, 2, 3]), { 'upload-offset': '0' });
});

test('without the token of the session nothing is changed', async () => {
  const answer = await fetch(mock.address + '/api/v1/incidents', { method: 'POST', headers: { cookie }, body: '{"name":"x"}' });
  expect(answer.status).toBe(403);
});
