// SPDX-License-Identifier: Apache-2.0
// types.mjs [--check] - src/api/types.ts out of the API's description, so that page and server cannot drift apart
// unnoticed. With --check nothing is written: it says whether the file is what the description gives.
import { readFileSync, writeFileSync } from 'node:fs';

const here = new URL('.', import.meta.url);
const target = new URL('../src/api/types.ts', here);

export function typescript(document) {
  const schemas = document.components.schemas;
  const type = (s, indent) => {
    if (!s || Object.keys(s).filter((k) => k !== 'description').length === 0) return 'unknown';
    if (s.$ref) return s.$ref.split('/').at(-1);
    if (s.const !== undefined) return JSON.stringify(s.const);
    if (s.enum) return s.enum.map((v) => JSON.stringify(v)).join(' | ');
    if (s.oneOf || s.anyOf) return (s.oneOf ?? s.anyOf).map((x) => type(x, indent)).join(' | ');
    if (Array.isArray(s.type)) return s.type.map((t) => type({ ...s, type: t }, indent)).join(' | ');
    switch (s.type) {
      case 'null': return 'null';
      case 'integer': case 'number': return 'number';
      case 'boolean': return 'boolean';
      case 'string': return 'string';
      case 'array': {
        const item = type(s.items, indent);
        return / [|]/.test(item) && !item.startsWith('{') ? `(${item})[]` : item + '[]';
      }
      case 'object': return object(s, indent);
      default: return 'unknown';
    }
  };
  const object = (s, indent) => {
    if (!s.properties) return `Record<string, ${s.additionalProperties ? type(s.additionalProperties, indent) : 'unknown'}>`;
    const required = new Set(s.required ?? []);
    const inner = indent + '  ';
    const rows = Object.entries(s.properties).map(([name, p]) => {
      const said = p.description ? `${inner}/** ${p.description.replaceAll('*/', '* /')} */\n` : '';
      const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
      return `${said}${inner}${key}${required.has(name) ? '' : '?'}: ${type(p, inner)};`;
    });
    return `{\n${rows.join('\n')}\n${indent}}`;
  };
  const out = ['// SPDX-License-Identifier: Apache-2.0', '// Made by tools/types.mjs from src/api/openapi.json: change that, then run `npm run types`.', ''];
  for (const [name, s] of Object.entries(schemas)) {
    if (s.description) out.push(`/** ${s.description.replaceAll('*/', '* /')} */`);
    out.push(`export type ${name} = ${type(s, '')};`, '');
  }
  return out.join('\n');
}

export const read = () => JSON.parse(readFileSync(new URL('../../src/api/openapi.json', here), 'utf8'));

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const made = typescript(read());
  if (process.argv.includes('--check')) {
    const same = readFileSync(target, 'utf8') === made;
    console.log(same ? 'src/api/types.ts is what the description gives' : 'src/api/types.ts is not what src/api/openapi.json gives: run `npm run types`');
    process.exit(same ? 0 : 1);
  }
  writeFileSync(target, made);
}
