// SPDX-License-Identifier: Apache-2.0
// Which room an address means. A room that is not opened is not loaded: the sign-in page and the casebook come first.
import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { session } from './api/client';
import { t, type Key } from './i18n';
import { match, place, type Params } from './router';
import { Casebook } from './rooms/casebook';
import { SignIn } from './rooms/signin';
import { Shell } from './shell';
import { Empty, Waiting } from './ui/parts';

type Room = ComponentType<{ params: Params }>;
type Route = { pattern: string; title: Key; room?: Room; load?: () => Promise<Room> };

const incident = (section: string): Route => ({
  pattern: '/incidents/:incident' + (section ? '/' + section : ''),
  title: 'room.incident',
  load: () => import('./rooms/incident').then((m) => m.Incident),
});

export const ROUTES: Route[] = [
  { pattern: '/', title: 'room.casebook', room: Casebook },
  { pattern: '/incidents', title: 'room.casebook', room: Casebook },
  incident(''), incident('evidence'), incident('traits'), incident('timeline'), incident('notes'), incident('attribution'), incident('graph'), incident('release'), incident('report'),
  { pattern: '/incidents/:incident/traits/:trait', title: 'room.trait', load: () => import('./rooms/trait').then((m) => m.Trait) },
  { pattern: '/incidents/:incident/finding/:with', title: 'room.finding', load: () => import('./rooms/finding').then((m) => m.Finding) },
  { pattern: '/evidence/:sha256', title: 'room.evidence', load: () => import('./rooms/evidence').then((m) => m.EvidenceRoom) },
  { pattern: '/actors', title: 'room.actors', load: () => import('./rooms/actors').then((m) => m.Actors) },
  { pattern: '/actor', title: 'room.actors', load: () => import('./rooms/actors').then((m) => m.Actor) },
  { pattern: '/partners', title: 'room.partners', load: () => import('./rooms/partners').then((m) => m.Partners) },
  { pattern: '/partners/:partner', title: 'room.partners', load: () => import('./rooms/partners').then((m) => m.Partner) },
  { pattern: '/watch', title: 'room.watch', load: () => import('./rooms/watch').then((m) => m.Watch) },
  { pattern: '/audit', title: 'room.audit', load: () => import('./rooms/audit').then((m) => m.Audit) },
  { pattern: '/settings', title: 'room.settings', load: () => import('./rooms/settings').then((m) => m.Settings) },
  { pattern: '/settings/:part', title: 'room.settings', load: () => import('./rooms/settings').then((m) => m.Settings) },
];

function find(path: string): { route: Route; params: Params } | undefined {
  for (const route of ROUTES) {
    const params = match(route.pattern, path);
    if (params) return { route, params };
  }
  return undefined;
}

function Current() {
  const { path } = place.value;
  const found = find(path);
  const [loaded, setLoaded] = useState<Map<string, Room>>(new Map());
  const [broken, setBroken] = useState(false);
  const before = useRef(path);
  const route = found?.route;
  useEffect(() => {
    if (!route?.load || loaded.has(route.pattern)) return;
    setBroken(false);
    route.load().then((room) => setLoaded((m) => new Map(m).set(route.pattern, room)), () => setBroken(true));
  }, [route]);
  useEffect(() => {
    document.title = `${t(route?.title ?? 'notThere')} · Hallmark`;
    // Another room: a screen reader is told by the focus going to its beginning.
    if (before.current !== path) {
      before.current = path;
      document.getElementById('main')?.focus({ preventScroll: true });
    }
  }, [path, route]);
  if (!found) return <Empty title={t('notThere')} actions={<a class="button" href="/incidents">{t('room.casebook')}</a>}>{t('notThereHint')}</Empty>;
  const RoomOf = found.route.room ?? loaded.get(found.route.pattern);
  if (broken) return <Empty title={t('unreachable')}>{t('unreachableHint')}</Empty>;
  return RoomOf ? <RoomOf params={found.params} /> : <Waiting />;
}

export function App() {
  if (session.value === undefined) return <Waiting />;
  if (session.value === null) return <SignIn />;
  return <Shell><Current /></Shell>;
}
