// SPDX-License-Identifier: Apache-2.0
// A small server that answers as src/api/openapi.json says, out of the demo's numbers, and serves the built page under
// the headers of src/api/assets.c. It keeps what it is told (notes, uploads, preferences), so that a story can be played
// without building the program; test/unit/mock.test.ts holds its answers against the description's schemas.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { gzipSync } from 'node:zlib';
import type * as api from '../../src/api/types';
import { GROUPS } from '../../src/lib/weigh';

const here = new URL('.', import.meta.url).pathname;
const fixtures = JSON.parse(readFileSync(join(here, 'fixtures.json'), 'utf8')) as {
  incidents: { name: string; id: string; created: string; evidence: number; traits: number }[];
  finding: api.Finding;
  evidence: (Omit<api.Evidence, 'id' | 'parent' | 'complete'> & { depth: number; notes: api.EvidenceFull['notes']; facts: api.EvidenceFull['facts'] })[];
  traits: { class: string; value: string; key: string; count: number }[];
  moments: api.Moment[];
  histogram: api.Timeline['histogram'];
  claims: api.Claim[];
};

const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
const TYPES: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml' };

const GROUP_OF: Record<string, string> = {
  function: 'code', 'constant-table': 'code', algorithm: 'code', 'rare-constant': 'code', address: 'infrastructure', domain: 'infrastructure', url: 'infrastructure',
  'user-agent': 'behaviour', 'step-order': 'behaviour', beacon: 'behaviour', 'request-shape': 'behaviour', behaviour: 'behaviour', 'active-hours': 'behaviour',
  technique: 'technique', tool: 'technique', string: 'text', password: 'text', mutex: 'text', 'service-name': 'text', message: 'text', persona: 'text', 'file-path': 'text',
  sha256: 'file', sha1: 'file', md5: 'file', 'file-name': 'file',
};

export type Mock = {
  address: string;
  state: State;
  close: () => Promise<void>;
  /** the server is gone for a while, in the middle of whatever is under way */
  stop: () => Promise<void>;
  start: () => Promise<void>;
  /** what every field of every answer that comes from evidence is replaced by */
  taint?: (text: string) => string;
  /** called before some bytes of an upload are taken: to be slow, or to die */
  onBytes?: (upload: api.Upload) => Promise<void>;
  requests: string[];
};

type State = {
  setup: boolean;
  users: Map<string, { user: api.User; password: string }>;
  sessions: Map<string, api.Session>;
  incidents: api.Incident[];
  notes: Map<string, { incident: string; versions: api.Note[] }>;
  uploads: Map<string, { upload: api.Upload; hash: ReturnType<typeof createHash> }>;
  evidence: Map<string, api.Evidence[]>;
  claims: api.Claim[];
  preferences: api.Preferences;
  tokens: api.Token[];
  audit: api.AuditEntry[];
  generation: number;
  password: string;
};

const uuid = () => randomBytes(16).toString('hex').replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
const now = () => new Date().toISOString();

function fresh(): State {
  const user: api.User = { name: 'hana', role: 'admin', created: '2026-11-01T08:00:00Z', disabled: false, totp: false, seen: now() };
  const incidents: api.Incident[] = fixtures.incidents.map((i) => ({ ...i }));
  const evidence: api.Evidence[] = fixtures.evidence.map((e, i) => ({
    id: i + 1, sha256: e.sha256, size: e.size, name: e.name, format: e.format, verdict: i === 3 ? 'partial' : e.verdict, ...(i === 3 ? { reason: 'the archive is cut short at byte 4096' } : {}),
    added: e.added, parent: e.depth > 0 ? 1 : 0, traits: e.traits, kept: e.kept, complete: i !== 3,
  }));
  return {
    setup: false, users: new Map([['hana', { user, password: 'correct horse battery' }]]), sessions: new Map(), incidents, notes: new Map(), uploads: new Map(),
    evidence: new Map([[incidents.find((i) => i.name === 'seoul-2013')!.id, evidence]]), claims: fixtures.claims.map((c) => ({ ...c })), preferences: {}, tokens: [],
    audit: [
      { seq: 2, at: now(), who: 'hana', peer: '192.0.2.7', what: 'signed-in', about: '' },
      { seq: 1, at: now(), who: '', peer: '192.0.2.9', what: 'sign-in-refused', about: 'root' },
    ],
    generation: 29, password: 'correct horse battery',
  };
}

class No extends Error {
  constructor(readonly status: number, readonly code: string, why: string, readonly newest?: unknown) {
    super(why);
  }
}

function traits(): api.Trait[] {
  return fixtures.traits.map((x, i) => ({
    id: i + 1, class: x.class, label: x.class, group: GROUP_OF[x.class] ?? 'build', value: x.value, count: x.count, roles: ['content'],
    incidents: 1 + (i % 4), incidents_all: 8, baseline: i % 5 === 0 ? 40 : 0, baseline_all: 1030, bits: i % 5 === 0 ? 0 : Math.round((9 - (i % 4) * 1.9) * 1000) / 1000,
  }));
}

const PARTNERS: api.Partner[] = [
  { id: '6ba7b810-9dad-41d1-80b4-00c04fd430c8', name: 'US-CERT', given: 41, obligations: 1 },
  { id: '6ba7b811-9dad-41d1-80b4-00c04fd430c8', name: 'JPCERT/CC', given: 12, obligations: 0 },
];

function preview(incident: api.Incident, partner: string, purpose: string): api.Preview {
  const rules: [api.Preview['objects'][number]['answer'], string][] = [['release', 'allowed'], ['release', 'allowed'], ['redact', 'redaction'], ['hold', 'tlp-red'], ['hold', 'no-marking'], ['hold', 'reference']];
  const objects = Array.from({ length: 24 }, (_x, i): api.Preview['objects'][number] => {
    const [answer, rule] = rules[i % rules.length]!;
    const id = `${i % 2 ? 'indicator' : 'malware'}--${String(i).padStart(8, '0')}-0000-4000-8000-000000000000`;
    const object = { type: i % 2 ? 'indicator' : 'malware', id, name: `${incident.name} ${i}`, description: 'seen at the bank on 20 March', confidence: 60 };
    const { description, ...cut } = object;
    void description;
    return { id, type: object.type, answer, rule, ...(answer === 'redact' ? { redactions: [{ where: 'description', whole: true }], before: object, after: cut } : {}) };
  });
  const count = (answer: string) => objects.filter((o) => o.answer === answer).length;
  return { partner: PARTNERS.find((p) => p.id === partner)?.name ?? partner, purpose, objects, released: count('release'), redacted: count('redact'), held: count('hold'), recalled: 1 };
}

/** The finding of the demo, between whichever two incidents are asked for. */
function finding(state: State, incident: api.Incident, other?: string): api.Finding {
  const f = structuredClone(fixtures.finding);
  const others = state.incidents.filter((i) => i.id !== incident.id && i.evidence > 0).sort((a, b) => Number(b.name === 'seoul-2013') - Number(a.name === 'seoul-2013') || Number(b.name === 'culver-city-2014') - Number(a.name === 'culver-city-2014'));
  f.incident = incident.name;
  f.id = incident.id;
  f.generation = state.generation;
  f.matches = incident.evidence === 0 ? [] : f.matches.map((m, i) => ({ ...m, incident: others[i]?.name ?? m.incident, id: others[i]?.id ?? m.id }));
  if (other) f.matches = f.matches.filter((m) => m.id === other);
  f.matches_all = f.matches.length;
  return f;
}

function graph(state: State, root: api.Incident): api.Graph {
  const nodes: api.Graph['nodes'] = state.incidents.map((i) => ({ id: i.id, kind: 'incident', label: i.name, degree: 10 }));
  const edges: api.Graph['edges'] = [];
  const all = traits();
  for (let i = 0; i < 292 - nodes.length; i++) {
    const x = all[i % all.length]!;
    const id = `trait:${i + 1}`;
    nodes.push({ id, kind: 'trait', label: x.value, class: x.class, group: x.group, degree: 2 + (i % 3) });
    edges.push({ from: root.id, to: id, bits: x.bits });
    edges.push({ from: id, to: state.incidents[(i * 7) % state.incidents.length]!.id });
  }
  return { nodes, edges, left_out: 17 };
}

export function report(incident: string, tlp: string, language: string): string {
  const title = { en: 'Joint advisory', ko: '공동 주의보', ja: '共同注意喚起' }[language] ?? 'Joint advisory';
  return `# ${title}: ${incident}\n\n**TLP:${tlp.toUpperCase()}**\n\n## 1\n\n${incident} shares 30.1 bits with culver\\-city\\-2014. [1]\n\n- The same password \`!1234567890\` [2]\n- The same functions [3]\n\n| Kind | Value |\n| --- | --- |\n| user agent | HarbourCourier/1.3 |\n\n## 2\n\n[1] access.log+0x2bf8\n`;
}

export async function serve(options: { dist?: string; taint?: (text: string) => string; port?: number } = {}): Promise<Mock> {
  const state = fresh();
  const streams = new Set<ServerResponse>();
  let events = 0;
  let server: Server;
  let port = options.port ?? 0;
  const mock: Mock = { address: '', state, requests: [], taint: options.taint, close: async () => undefined, stop: async () => undefined, start: async () => undefined };

  const tell = (event: api.Event) => {
    events++;
    for (const s of streams) s.write(`id: ${events}\nevent: ${event.event}\ndata: ${JSON.stringify(event)}\n\n`);
  };
  const done = (what: string, who: string, about: string) => state.audit.unshift({ seq: state.audit.length + 1, at: now(), who, peer: '127.0.0.1', what, about });

  const read = (request: IncomingMessage, max: number) => new Promise<Buffer>((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size <= max) parts.push(part);
    });
    request.on('end', () => (size > max ? reject(new No(413, 'limit', 'the body is too large')) : resolve(Buffer.concat(parts))));
    request.on('error', reject);
  });

  const incidentOf = (id: string) => {
    const found = state.incidents.find((i) => i.id === id);
    if (!found) throw new No(404, 'not-found', 'there is no such incident');
    return found;
  };

  function finish(u: api.Upload, sha256: string): void {
    u.state = 'reading';
    tell({ event: 'upload', upload: { ...u } });
    setTimeout(() => {
      const list = state.evidence.get(u.incident) ?? [];
      const incident = incidentOf(u.incident);
      const known = list.some((e) => e.sha256 === sha256);
      const piece: api.Outcome = { path: u.name, size: u.size, depth: 0, known, skipped: false, verdict: 'read', traits: 12, evidence: list.length + 1 };
      u.pieces = [piece];
      tell({ event: 'piece', upload: { ...u }, piece });
      if (!known) {
        list.push({ id: list.length + 1, sha256, size: u.size, name: u.name, format: 'log', verdict: 'read', added: now(), parent: 0, traits: 12, kept: true, complete: true });
        state.evidence.set(u.incident, list);
        incident.evidence++;
        incident.traits += 12;
      }
      u.state = 'done';
      state.generation++;
      tell({ event: 'upload', upload: { ...u } });
      tell({ event: 'casebook', generation: state.generation });
    }, 150);
  }

  type Ask = { method: string; path: string[]; query: URLSearchParams; body: () => Promise<Record<string, unknown>>; bytes: () => Promise<Buffer>; headers: IncomingMessage['headers']; session: api.Session; cookie?: string };
  type Answer = { status?: number; value?: unknown; text?: string; type?: string; cookie?: string };

  async function open(a: Ask): Promise<Answer | undefined> {
    const [room] = a.path;
    if (room === 'about') return { value: { product: 'Hallmark', version: '0.1.0', api: 'v1', setup: state.setup, page: true, languages: ['en', 'ko', 'ja'] } satisfies api.About };
    if ((room === 'session' || room === 'setup') && a.method === 'POST') {
      const given = await a.body();
      const name = String(given['name']);
      if (room === 'setup') {
        if (!state.setup || given['code'] !== 'harbour-code') throw new No(403, 'denied', 'the code is wrong');
        state.setup = false;
        state.users.set(name, { user: { name, role: 'admin', created: now(), disabled: false, totp: false }, password: String(given['password']) });
        done('user-added', name, name);
      }
      const found = state.users.get(name);
      if (!found || found.password !== given['password']) throw new No(401, 'wrong-password', 'the name or the password is wrong');
      if (found.user.totp && given['totp'] !== '123456') throw new No(401, 'totp-needed', 'the code of the second factor is needed');
      const id = randomBytes(16).toString('hex');
      const session: api.Session = { user: found.user, csrf: randomBytes(16).toString('hex'), expires: '2027-01-01T00:00:00Z', id };
      state.sessions.set(id, session);
      done('signed-in', name, '');
      return { status: room === 'setup' ? 201 : 200, value: session, cookie: `hallmark=${id}; Path=/; HttpOnly; SameSite=Strict` };
    }
    return undefined;
  }

  async function inside(a: Ask): Promise<Answer> {
    const [room, id, part, last] = a.path;
    const who = a.session.user.name;
    const key = `${a.method} ${room}`;
    if (key === 'GET session') return { value: a.session };
    if (key === 'DELETE session') {
      state.sessions.delete(a.cookie!);
      return { status: 204 };
    }
    if (key === 'GET sessions') {
      return { value: { sessions: [...state.sessions.values()].map((s): api.SessionRow => ({ id: s.id, user: s.user.name, created: now(), seen: now(), expires: s.expires, peer: '127.0.0.1', agent: 'Chromium on Linux', current: s.id === a.cookie })) } };
    }
    if (key === 'DELETE sessions') {
      state.sessions.delete(id!);
      return { status: 204 };
    }
    if (room === 'account') return account(a, id!, part);
    if (room === 'users') {
      if (a.method === 'GET') return { value: { users: [...state.users.values()].map((u) => u.user) } };
      if (a.method === 'POST') {
        const given = await a.body();
        const user: api.User = { name: String(given['name']), role: given['role'] as api.Role, created: now(), disabled: false, totp: false };
        state.users.set(user.name, { user, password: String(given['password']) });
        done('user-added', who, user.name);
        return { status: 201, value: user };
      }
      const found = state.users.get(id!);
      if (!found) throw new No(404, 'not-found', 'there is no such account');
      if (a.method === 'PATCH') {
        const given = await a.body();
        if (found.user.name === who && (given['disabled'] || (given['role'] && given['role'] !== 'admin'))) throw new No(409, 'conflict', 'the last admin keeps that right');
        Object.assign(found.user, given);
        return { value: found.user };
      }
      state.users.delete(id!);
      return { status: 204 };
    }
    if (room === 'incidents') return incidents(a, id, part, last);
    if (key === 'GET search') {
      const q = (a.query.get('q') ?? '').toLowerCase();
      const seoul = state.incidents.find((i) => i.name === 'seoul-2013')!;
      return { value: {
        incidents: state.incidents.filter((i) => i.name.toLowerCase().includes(q)).slice(0, 8),
        evidence: q.length < 3 ? [] : fixtures.evidence.filter((e) => e.name.toLowerCase().includes(q)).slice(0, 8).map((e) => ({ sha256: e.sha256, name: e.name, incident: seoul.id, incident_name: seoul.name })),
        traits: q.length < 3 ? [] : traits().filter((x) => x.value.toLowerCase().includes(q)).slice(0, 8).map((x) => ({ id: x.id, class: x.class, value: x.value, incidents: x.incidents, incident: seoul.id, incident_name: seoul.name })),
      } satisfies api.SearchResult };
    }
    if (room === 'evidence') {
      for (const [incident, list] of state.evidence) {
        const e = list.find((x) => x.sha256 === id);
        if (!e) continue;
        if (part === 'functions') return { value: { functions: [], total: 0 } };
        const more = fixtures.evidence.find((x) => x.sha256 === id);
        return { value: { evidence: e, notes: more?.notes ?? [], facts: more?.facts ?? [], incidents: [{ id: incident, name: incidentOf(incident).name }] } satisfies api.EvidenceFull };
      }
      throw new No(404, 'not-found', 'there is no such evidence');
    }
    if (room === 'notes') return notes(a, id!, part);
    if (room === 'uploads') return uploads(a, id);
    if (room === 'actors') {
      const named = [...new Set(state.claims.filter((c) => c.relation === 'attributed-to').map((c) => c.target))];
      if (!id) return { value: { actors: named.map((name): api.Actor => ({ name, incidents: 1, claims: state.claims.filter((c) => c.target === name).length })) } };
      if (!named.includes(id)) throw new No(404, 'not-found', 'there is no such actor');
      return { value: { name: id, incidents: state.incidents.slice(0, 2).map(({ id: i, name }) => ({ id: i, name })), claims: state.claims.filter((c) => c.target === id) } satisfies api.ActorFull };
    }
    if (key === 'DELETE claims') {
      const claim = state.claims.find((c) => c.id === id);
      if (!claim) throw new No(404, 'not-found', 'there is no such claim');
      Object.assign(claim, { withdrawn: true, withdrawn_why: String((await a.body())['why']) });
      return { status: 204 };
    }
    if (room === 'partners') {
      if (part === 'given') return { value: { entries: [{ seq: 7, at: now(), kind: 'release', partner: id!, incident: 'seoul-2013' }] satisfies api.GivenEntry[] } };
      return { value: { partners: PARTNERS, policy: true } };
    }
    if (room === 'recalls') return { value: { obligations: [{ recall: 1, partner: 'US-CERT', state: 'overdue', due: '2026-10-01T00:00:00Z', sent: 4, acknowledged: 3 }] satisfies api.Obligation[] } };
    if (room === 'watch') return { value: { hits: Array.from({ length: 6 }, (_x, i): api.Hit => ({ seq: 6 - i, at: now(), record: { threat: { indicator: { ip: `203.0.113.${i}` } }, log: { file: { path: '/var/log/nginx/access.log' } }, message: 'GET / HTTP/1.1' } })), stored: true } };
    if (room === 'audit') return { value: { entries: state.audit } };
    if (room === 'health') {
      return { value: { version: '0.1.0', uptime_s: 4210, generation: state.generation, incidents: state.incidents.length, baseline_files: 1030, search: { ready: true, indexed: 61200, waiting: 0 }, jail: { seccomp: true, landlock: true }, uploads: { open: 0, bytes: 0 }, sessions: state.sessions.size } satisfies api.Health };
    }
    throw new No(404, 'not-found', 'there is nothing here');
  }

  async function account(a: Ask, what: string, id?: string): Promise<Answer> {
    if (what === 'preferences') {
      if (a.method === 'GET') return { value: state.preferences };
      state.preferences = await a.body();
      return { status: 204 };
    }
    if (what === 'tokens') {
      if (a.method === 'GET') return { value: { tokens: state.tokens } };
      if (a.method === 'DELETE') {
        state.tokens = state.tokens.filter((x) => x.id !== id);
        return { status: 204 };
      }
      const token: api.Token = { id: uuid(), name: String((await a.body())['name']), role: 'analyst', created: now(), expires: '2027-02-01T00:00:00Z' };
      state.tokens.push(token);
      return { status: 201, value: { ...token, token: 'hm_' + randomBytes(16).toString('hex') } };
    }
    if (what === 'totp') {
      if (a.method === 'POST') return { value: { secret: 'JBSWY3DPEHPK3PXP', uri: 'otpauth://totp/Hallmark' } };
      a.session.user.totp = a.method === 'PUT';
      return { status: 204 };
    }
    return { status: 204 };
  }

  async function incidents(a: Ask, id?: string, part?: string, last?: string): Promise<Answer> {
    if (!id && a.method === 'POST') {
      const name = String((await a.body())['name']);
      if (state.incidents.some((i) => i.name === name)) throw new No(409, 'conflict', 'there is an incident of that name');
      const made: api.Incident = { id: 'incident--' + uuid(), name, created: now(), evidence: 0, traits: 0 };
      state.incidents.push(made);
      state.generation++;
      tell({ event: 'casebook', generation: state.generation });
      return { status: 201, value: made };
    }
    if (!id) {
      const q = (a.query.get('q') ?? '').toLowerCase();
      const sort = a.query.get('sort') ?? '-created';
      const rows = state.incidents.flatMap((i): api.Incident[] => {
        if (i.name.toLowerCase().includes(q)) return [i];
        if (q.length < 3 || i.name !== 'seoul-2013') return [];
        const x = traits().find((y) => y.value.toLowerCase().includes(q));
        return x ? [{ ...i, matched: [{ kind: 'trait', class: x.class, value: x.value }] }] : [];
      });
      const by = sort.replace('-', '') as 'name' | 'created';
      rows.sort((x, y) => (x[by] < y[by] ? -1 : 1) * (sort.startsWith('-') ? -1 : 1));
      return { value: { incidents: rows, total: rows.length, partial: false } satisfies api.IncidentPage };
    }
    const incident = incidentOf(id);
    const pieces = state.evidence.get(id) ?? [];
    switch (`${a.method} ${part ?? ''}`) {
      case 'GET ': {
        const verdicts: Record<string, number> = {};
        for (const e of pieces) verdicts[e.verdict] = (verdicts[e.verdict] ?? 0) + 1;
        const list = incident.evidence ? traits() : [];
        return { value: {
          id, name: incident.name, created: incident.created, evidence: incident.evidence, traits: incident.traits, verdicts: pieces.length ? verdicts : incident.evidence ? { read: incident.evidence } : {}, generation: state.generation,
          notes: [...state.notes.values()].filter((n) => n.incident === id && !n.versions.at(-1)!.removed).length,
          groups: GROUPS.map((group) => {
            const mine = list.filter((x) => x.group === group);
            return { group, label: group, planted_by: 'somebody', traits: mine.length, classes: [...new Set(mine.map((x) => x.class))].map((cls) => ({ class: cls, label: cls, traits: mine.filter((x) => x.class === cls).length })) };
          }),
        } satisfies api.IncidentFull };
      }
      case 'GET evidence': return { value: { evidence: pieces, total: pieces.length } satisfies api.EvidencePage };
      case 'GET traits': {
        if (last) {
          const x = traits().find((y) => y.id === Number(last));
          if (!x) throw new No(404, 'not-found', 'there is no such trait');
          return { value: { trait: x, seen: [{ evidence: 1, name: 'access.log', role: 'content', offset: 11256, count: 3, first: '2013-03-20T05:00:00Z', last: '2013-03-20T06:00:00Z' }], incidents: state.incidents.slice(0, 3).map(({ id: i, name }) => ({ id: i, name })) } satisfies api.TraitFull };
        }
        const [group, cls, q] = ['group', 'class', 'q'].map((k) => a.query.get(k) ?? '') as [string, string, string];
        const rows = traits().filter((x) => (!group || x.group === group) && (!cls || x.class === cls));
        return { value: { traits: rows.filter((x) => x.value.toLowerCase().includes(q.toLowerCase())), total: rows.length } satisfies api.TraitPage };
      }
      case 'GET timeline': {
        const [from, until, host] = ['from', 'to', 'host'].map((k) => a.query.get(k) ?? '') as [string, string, string];
        const rows = fixtures.moments.filter((m) => (!from || m.first >= from) && (!until || m.first < until) && (!host || (m.actor ?? '').includes(host)));
        return { value: { moments: rows, total: rows.length, left_out: 0, histogram: fixtures.histogram.filter((s) => (!from || s.from >= from) && (!until || s.from < until)), gaps: [{ evidence: 'dump.bin', reason: 'no time in it' }] } satisfies api.Timeline };
      }
      case 'GET notes': return { value: { notes: [...state.notes.values()].filter((n) => n.incident === id).map((n) => n.versions.at(-1)!) } };
      case 'POST notes': {
        const at = now();
        const note: api.Note = { id: 'note--' + uuid(), version: 1, author: a.session.user.name, created: at, modified: at, text: String((await a.body())['text']), removed: false };
        state.notes.set(note.id, { incident: id, versions: [note] });
        return { status: 201, value: note };
      }
      case 'POST uploads': {
        const given = await a.body();
        const upload: api.Upload = { id: uuid(), incident: id, name: String(given['name']), size: Number(given['size']), offset: 0, state: 'receiving', created: now(), by: a.session.user.name };
        state.uploads.set(upload.id, { upload, hash: createHash('sha256') });
        return { status: 201, value: upload };
      }
      case 'GET finding': return { value: finding(state, incident, a.query.get('with') ?? undefined) };
      case 'GET graph': return { value: incident.evidence ? graph(state, incident) : { nodes: [], edges: [], left_out: 0 } };
      case 'GET attribution': return { value: attribution(incident) };
      case 'GET claims': return { value: { claims: state.claims.filter((c) => c.incident === incident.name) } };
      case 'POST claims': {
        const claim = { ...(await a.body()), id: 'note--' + uuid(), type: 'ledger', incident: incident.name } as unknown as api.Claim;
        state.claims.push({ ...claim, withdrawn: false, opinion: ['strongly-disagree', 'disagree', 'neutral', 'agree', 'strongly-agree'][Number(claim.opinion ?? 5) - 1]! });
        return { status: 201, value: { id: claim.id } };
      }
      case 'GET preview': return { value: preview(incident, a.query.get('partner') ?? '', a.query.get('purpose') ?? 'detect') };
      case 'GET report': return { text: report(incident.name, a.query.get('tlp') ?? 'amber', a.query.get('language') ?? 'en'), type: a.query.get('format') === 'markdown' ? 'text/markdown; charset=utf-8' : 'text/html; charset=utf-8' };
      default: throw new No(404, 'not-found', 'there is nothing here');
    }
  }

  function attribution(incident: api.Incident): api.Attribution {
    const suspect = (actor: string, posterior: number, bits: number): api.Attribution['suspects'][number] => ({
      actor, bits, evidence_words: 'strong support', posterior, posterior_words: posterior > 0.5 ? 'likely' : 'unlikely', nameable: posterior > 0.5, incidents: 4, groups: { code: bits }, without_group: { code: posterior / 2, text: posterior * 0.9 },
      arguments: [{ kind: 'password', value: '!1234567890 dghtdhtrhgfjnui$%^^&', bits: 5.8, actor_incidents: 2, incidents: 2, other_actors: 0 }],
    });
    return { incident: incident.name, model: 'hallmark-weights 2', generation: state.generation, actors: 3, incidents: 9, none: 0.31, contradiction: true, carried_by: 3, suspects: [suspect('Harbour Couriers', 0.58, 12.4), suspect('A.N. Other/Group 7', 0.11, 3.2)] };
  }

  async function notes(a: Ask, id: string, part?: string): Promise<Answer> {
    const found = state.notes.get(id);
    if (!found) throw new No(404, 'not-found', 'there is no such note');
    const newest = found.versions.at(-1)!;
    if (part === 'versions') return { value: { versions: found.versions } };
    if (a.method === 'GET') return { value: newest };
    if (a.headers['if-match'] === undefined) throw new No(428, 'precondition', 'If-Match is missing');
    if (a.headers['if-match'] !== `"${newest.version}"`) throw new No(412, 'conflict', 'another version came first', newest);
    const next: api.Note = { ...newest, version: newest.version + 1, author: a.session.user.name, modified: now(), ...(a.method === 'PUT' ? { text: String((await a.body())['text']) } : { removed: true }) };
    found.versions.push(next);
    return a.method === 'PUT' ? { value: next } : { status: 204 };
  }

  async function uploads(a: Ask, id?: string): Promise<Answer> {
    if (!id) return { value: { uploads: [...state.uploads.values()].map((u) => u.upload) } };
    const found = state.uploads.get(id);
    if (!found) throw new No(404, 'not-found', 'there is no such upload');
    const u = found.upload;
    if (a.method === 'DELETE') {
      state.uploads.delete(id);
      return { status: 204 };
    }
    if (a.method === 'PATCH') {
      if (Number(a.headers['upload-offset']) !== u.offset) throw new No(409, 'conflict', 'the offset is another', u);
      const bytes = await a.bytes();
      await mock.onBytes?.(u);
      if (!server.listening) return {};
      found.hash.update(bytes);
      u.offset += bytes.length;
      if (u.offset >= u.size) finish(u, found.hash.digest('hex'));
      else tell({ event: 'upload', upload: { ...u } });
    }
    return { value: u };
  }

  /** Every text of an answer that somebody else wrote, replaced: what a hostile log, file or partner could hold. */
  function tainted(value: unknown, key = ''): unknown {
    const KEEP = /^(id|sha256|created|modified|added|first|last|from|at|due|expires|seen|said|state|verdict|answer|rule|kind|group|type|csrf|role|incident|recall|event|api|version|words|relation|opinion|next|hash|severity)$/;
    if (typeof value === 'string') return KEEP.test(key) && !(key === 'incident' && !value.startsWith('incident--')) ? value : mock.taint!(value);
    if (Array.isArray(value)) return value.map((v) => tainted(v, key));
    if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, tainted(v, k)]));
    return value;
  }

  function file(request: IncomingMessage, response: ServerResponse, path: string): void {
    const root = options.dist ?? join(here, '../../dist');
    let name = normalize(path);
    if (!existsSync(join(root, name)) || name === '/') name = name.slice(name.lastIndexOf('/')).includes('.') ? name : '/index.html';
    if (!existsSync(join(root, name))) {
      response.writeHead(404).end();
      return;
    }
    const body = gzipSync(readFileSync(join(root, name)), { level: 9 });
    response.writeHead(200, { 'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream', 'Content-Encoding': 'gzip', 'Content-Length': body.length, 'Content-Security-Policy': CSP, 'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY', 'Referrer-Policy': 'no-referrer', 'Cache-Control': name.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache' });
    response.end(request.method === 'HEAD' ? undefined : body);
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://mock.invalid');
    mock.requests.push(`${request.method} ${url.pathname}${url.search}`);
    if (!url.pathname.startsWith('/api/v1/')) return file(request, response, decodeURIComponent(url.pathname));
    const cookie = /(?:^|; )hallmark=(\w+)/.exec(request.headers.cookie ?? '')?.[1];
    const session = cookie ? state.sessions.get(cookie) : undefined;
    const ask = {
      method: request.method ?? 'GET', path: url.pathname.slice(8).split('/').map(decodeURIComponent), query: url.searchParams, headers: request.headers, cookie,
      body: async () => JSON.parse((await read(request, 1 << 20)).toString() || '{}') as Record<string, unknown>, bytes: () => read(request, 4 << 20),
    };
    try {
      const outside = await open(ask as Ask);
      if (!outside && !session) throw new No(401, 'signed-out', 'sign in first');
      if (!outside && ask.method !== 'GET' && request.headers['x-hallmark-csrf'] !== session!.csrf) throw new No(403, 'csrf', 'the header X-Hallmark-Csrf is missing or wrong');
      if (ask.path[0] === 'events') {
        response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
        response.write(': hello\n\n');
        streams.add(response);
        response.on('close', () => streams.delete(response));
        return;
      }
      const answer = outside ?? (await inside({ ...ask, session: session! }));
      const headers: Record<string, string> = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff', 'Content-Type': answer.type ?? 'application/json' };
      if (answer.cookie) headers['Set-Cookie'] = answer.cookie;
      response.writeHead(answer.status ?? 200, headers);
      const value = mock.taint && !outside && !['session', 'account'].includes(ask.path[0]!) ? tainted(answer.value) : answer.value;
      response.end(answer.status === 204 ? undefined : (answer.text !== undefined ? (mock.taint ? mock.taint(answer.text) : answer.text) : JSON.stringify(value)));
    } catch (e) {
      const no = e instanceof No ? e : new No(500, 'broken', String(e));
      response.writeHead(no.status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ status: no.status, code: no.code, why: no.message, ...(no.newest ? { newest: no.newest } : {}) }));
    }
  }

  mock.start = () => new Promise((resolve) => {
    server = createServer((q, r) => void handle(q, r));
    server.listen(port, '127.0.0.1', () => {
      port = (server.address() as AddressInfo).port;
      mock.address = `http://127.0.0.1:${port}`;
      resolve();
    });
  });
  mock.stop = () => new Promise((resolve) => {
    for (const s of streams) s.destroy();
    server.close(() => resolve());
    server.closeAllConnections();
  });
  mock.close = mock.stop;
  await mock.start();
  return mock;
}
