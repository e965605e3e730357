// SPDX-License-Identifier: Apache-2.0
// One key to everything: rooms, commands, and what the casebook holds, found as one types. Arrows choose, Enter goes.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import { useAsk } from '../api/client';
import type { SearchResult } from '../api/types';
import { LANGUAGES, t, tn, type Key } from '../i18n';
import { best } from '../lib/find';
import { plain } from '../lib/visible';
import { go, to } from '../router';
import { ROOMS } from '../shell';
import { leave, may, setLanguage, setTheme } from '../state';
import { chooseFiles } from './drop';
import { Dialog, Name, Value } from './parts';

type Entry = { id: string; text: string; show: ComponentChildren; kind: string; run: () => void };

function commands(): Entry[] {
  const rooms = ROOMS.filter((r) => may(r.least ?? 'reader')).map((r) => ({ id: r.href, text: t(r.name), kind: 'g ' + r.key, run: () => go(r.href) }));
  const rest: { id: string; text: string; kind: string; run: () => void }[] = [
    ...(may('analyst') ? [{ id: 'files', text: t('addFiles'), kind: '', run: () => chooseFiles() }] : []),
    { id: 'dark', text: `${t('theme')}: ${t('theme.dark')}`, kind: '', run: () => setTheme('dark') },
    { id: 'light', text: `${t('theme')}: ${t('theme.light')}`, kind: '', run: () => setTheme('light') },
    { id: 'auto', text: `${t('theme')}: ${t('theme.auto')}`, kind: '', run: () => setTheme('auto') },
    ...LANGUAGES.map((l) => ({ id: l.code, text: `${t('language')}: ${l.name}`, kind: '', run: () => void setLanguage(l.code) })),
    { id: 'out', text: t('signout'), kind: '', run: () => void leave() },
  ];
  return [...rooms, ...rest].map((c) => ({ ...c, show: c.text }));
}

function found(result: SearchResult | undefined): Entry[] {
  if (!result) return [];
  return [
    ...result.incidents.map((i): Entry => ({ id: i.id, text: i.name, show: <Name text={i.name} />, kind: t('incident'), run: () => go(to`/incidents/${i.id}`) })),
    ...result.traits.map((x): Entry => ({
      id: 'trait' + x.id, text: x.value, show: <Value text={x.value} short />, kind: `${tn('class.', x.class)} · ${t('nIncidents', { n: x.incidents })}`,
      run: () => go(x.incident ? to`/incidents/${x.incident}/traits/${x.id}` : '/incidents?q=' + encodeURIComponent(x.value)),
    })),
    ...result.evidence.map((e): Entry => ({ id: e.sha256 + e.incident, text: e.name, show: <Value text={e.name} short />, kind: `${t('evidence')} · ${plain(e.incident_name, 60)}`, run: () => go(to`/evidence/${e.sha256}`) })),
  ];
}

export function Palette({ onClose }: { onClose: () => void }) {
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const asked = useAsk<SearchResult>(query.trim() === '' ? undefined : '/search', { q: query.trim(), limit: 8 }, 60);
  const known = query.trim() === '' ? [] : found(asked.value);
  const entries = [...known, ...best(query, commands(), (c) => c.text, 12)];
  if (query.trim() !== '') entries.push({ id: 'all', text: query, show: t('searchIn', { what: plain(query, 80) }), kind: t('room.casebook'), run: () => go('/incidents?q=' + encodeURIComponent(query.trim())) });
  const chosen = Math.min(at, entries.length - 1);
  useEffect(() => list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' }), [chosen]);
  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    entry.run();
  };
  const key = (e: KeyboardEvent) => {
    if (e.isComposing) return;
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault();
      setAt((chosen + (e.key === 'ArrowDown' ? 1 : entries.length - 1)) % Math.max(1, entries.length));
    } else if (e.key === 'Enter') {
      e.preventDefault();
      run(entries[chosen]);
    }
  };
  return (
    <Dialog title={t('palette')} onClose={onClose} class="palette" bare>
      <input class="input" role="combobox" aria-expanded="true" aria-controls="palette-list" aria-activedescendant={entries[chosen] ? 'palette-' + chosen : undefined}
        aria-label={t('searchAll')} placeholder={t('searchAll')} value={query} maxLength={200} autoComplete="off" spellcheck={false} autofocus
        onInput={(e) => { setQuery(e.currentTarget.value); setAt(0); }} onKeyDown={key} />
      <ul id="palette-list" role="listbox" aria-label={t('palette')} ref={list}>
        {entries.map((e, i) => (
          <li id={'palette-' + i} key={e.id} role="option" aria-selected={i === chosen} onPointerMove={() => setAt(i)} onClick={() => run(e)}>
            <span class="name">{e.show}</span><small>{e.kind}</small>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

const KEYS: [string[], Key][] = [
  [['/', 'Ctrl K'], 'key.palette'], [['?'], 'key.help'], [['j', 'k'], 'key.rows'], [['Enter'], 'key.open'], [['Esc'], 'key.close'], [['Tab'], 'key.tab'],
];
export function Keys({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t('keys')} onClose={onClose}>
      <div class="keys">
        {KEYS.map(([keys, what]) => <div><span>{t(what)}</span><span>{keys.map((k) => <><kbd>{k}</kbd> </>)}</span></div>)}
        {ROOMS.filter((r) => may(r.least ?? 'reader')).map((r) => <div><span>{t(r.name)}</span><span><kbd>g</kbd> <kbd>{r.key}</kbd></span></div>)}
      </div>
    </Dialog>
  );
}
