// SPDX-License-Identifier: Apache-2.0
// What stays around every room: the search, the list of rooms, who one is, what is on its way in, and the keys.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { session } from './api/client';
import { connected } from './api/events';
import { LANGUAGES, language, t, type Key } from './i18n';
import { go, place } from './router';
import { leave, likes, may, setLanguage, setTheme, theme, type Theme } from './state';
import { DropEverywhere, Tray } from './ui/drop';
import { Mark } from './ui/mark';
import { Keys, Palette } from './ui/palette';
import { Icon, Name, Pop, type IconName } from './ui/parts';
import { Toasts } from './ui/toast';
import { Tour } from './ui/tour';
import { typing } from './ui/typing';
import type { Role } from './api/types';

type RoomLink = { href: string; name: Key; icon: IconName; key: string; least?: Role; under?: string };
export const ROOMS: RoomLink[] = [
  { href: '/incidents', name: 'room.casebook', icon: 'casebook', key: 'c', under: '/evidence' },
  { href: '/actors', name: 'room.actors', icon: 'actors', key: 'a' },
  { href: '/partners', name: 'room.partners', icon: 'partners', key: 'p' },
  { href: '/watch', name: 'room.watch', icon: 'watch', key: 'w' },
  { href: '/audit', name: 'room.audit', icon: 'audit', key: 'l', least: 'admin' },
  { href: '/settings', name: 'room.settings', icon: 'settings', key: 's' },
];

export function Shell({ children }: { children: ComponentChildren }) {
  const [open, setOpen] = useState<'palette' | 'keys' | 'tour' | undefined>(likes.value.toured ? undefined : 'tour');
  const path = place.value.path;
  useEffect(() => {
    let waiting = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const press = (e: KeyboardEvent) => {
      const writes = typing(e.target);
      if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k') {
        e.preventDefault();
        setOpen((was) => (was === 'palette' ? undefined : 'palette'));
        return;
      }
      if (writes || e.ctrlKey || e.metaKey || e.altKey) return;
      if (waiting) {
        waiting = false;
        const room = ROOMS.find((r) => r.key === e.key && may(r.least ?? 'reader'));
        if (room) {
          e.preventDefault();
          go(room.href);
          return;
        }
      }
      if (e.key === '/') {
        e.preventDefault();
        setOpen('palette');
      } else if (e.key === '?') {
        setOpen('keys');
      } else if (e.key === 'g') {
        waiting = true;
        clearTimeout(timer);
        timer = setTimeout(() => (waiting = false), 1200);
      }
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
  return (
    <div class="shell">
      <a class="skip" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById('main')?.focus(); }}>{t('skip')}</a>
      <header class="head">
        <a class="brand" href="/incidents"><Mark /> Hallmark</a>
        <button type="button" class="find" onClick={() => setOpen('palette')} aria-haspopup="dialog">
          <Icon name="search" /><span>{t('searchAll')}</span><kbd aria-hidden="true">/</kbd>
        </button>
        <div class="right"><Theming /><Languages /><Me onKeys={() => setOpen('keys')} onTour={() => setOpen('tour')} /></div>
      </header>
      <nav class="rooms" aria-label={t('rooms')}>
        {ROOMS.filter((r) => may(r.least ?? 'reader')).map((r) => {
          const here = path === r.href || path.startsWith(r.href + '/') || (r.href === '/actors' && path === '/actor') || (r.href === '/incidents' && path === '/') || (r.under !== undefined && path.startsWith(r.under));
          return <a href={r.href} aria-current={here ? 'page' : undefined}><Icon name={r.icon} />{t(r.name)}</a>;
        })}
      </nav>
      <main id="main" tabIndex={-1}>
        {connected.value ? null : <div class="note-strip caution offline" role="status">{t('offline')}</div>}
        <div class="room">{children}</div>
      </main>
      <Tray />
      <DropEverywhere />
      <Toasts />
      {open === 'palette' ? <Palette onClose={() => setOpen(undefined)} /> : null}
      {open === 'keys' ? <Keys onClose={() => setOpen(undefined)} /> : null}
      {open === 'tour' ? <Tour onClose={() => setOpen(undefined)} /> : null}
    </div>
  );
}

function Theming() {
  const now = theme.value;
  return (
    <Pop class="icon-button" label={t('theme')} title={t('theme')} popClass="menu" button={<Icon name={now} />}>
      {(close) => (['auto', 'light', 'dark'] as Theme[]).map((name) => (
        <button type="button" role="menuitemradio" aria-checked={now === name} onClick={() => { setTheme(name); close(); }}><Icon name={name} />{t(`theme.${name}`)}</button>
      ))}
    </Pop>
  );
}

function Languages() {
  return (
    <Pop class="icon-button" label={t('language')} title={t('language')} popClass="menu" button={<Icon name="language" />}>
      {(close) => LANGUAGES.map((l) => (
        <button type="button" role="menuitemradio" lang={l.code} aria-checked={language.value === l.code} onClick={() => { void setLanguage(l.code); close(); }}>{l.name}</button>
      ))}
    </Pop>
  );
}

function Me({ onKeys, onTour }: { onKeys: () => void; onTour: () => void }) {
  const user = session.value!.user;
  return (
    <Pop class="icon-button" label={t('me')} title={user.name} popClass="menu" button={<Icon name="actors" />}>
      {(close) => (
        <>
          <p class="label"><Name text={user.name} /> · {t(`role.${user.role}`)}</p>
          <a href="/settings" onClick={close}>{t('room.settings')}</a>
          <button type="button" onClick={() => { close(); onKeys(); }}>{t('keys')}</button>
          <button type="button" onClick={() => { close(); onTour(); }}>{t('tour')}</button>
          <button type="button" onClick={() => void leave()}>{t('signout')}</button>
        </>
      )}
    </Pop>
  );
}
