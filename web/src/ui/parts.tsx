// SPDX-License-Identifier: Apache-2.0
// Small parts that every room uses. Data becomes text nodes and nothing else: there is no markup from strings in the page.
import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Refusal, Unreachable, type Asked } from '../api/client';
import { bits, t, tn } from '../i18n';
import { pieces, plain } from '../lib/visible';

const PATHS = {
  casebook: 'M3 2.5h8a2 2 0 0 1 2 2v9H5a2 2 0 0 1-2-2zM3 11.5a2 2 0 0 1 2-2h8M6 5.5h4',
  actors: 'M8 8a2.5 2.5 0 1 0 0-5 2.500 2.500 0 0 0 0 5M3 13.500c.4-2.600 2.300-4 5-4s4.600 1.400 5 4',
  partners: 'M5.500 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4M11 8.500a1.700 1.700 0 1 0 0-3.400M2 13c.2-2 1.500-3 3.500-3S8.800 11 9 13M11 10.500c1.700 0 2.800.9 3 2.500',
  watch: 'M1.500 8S4 3.500 8 3.500 14.500 8 14.500 8 12 12.500 8 12.500 1.500 8 1.500 8M8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4',
  audit: 'M4 2.500h8v11H4zM6 5.500h4M6 8h4M6 10.500h2',
  settings: 'M8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4M8 1.500v2M8 12.500v2M1.500 8h2M12.500 8h2M3.400 3.400l1.400 1.400M11.200 11.200l1.400 1.400M12.600 3.400l-1.400 1.400M4.800 11.200l-1.400 1.400',
  search: 'M7 11.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9M10.500 10.500 14 14',
  add: 'M8 3v10M3 8h10', close: 'm4 4 8 8M12 4l-8 8', menu: 'M3 5h10M3 8h10M3 11h10',
  light: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6M8 1.500V3M8 13v1.500M1.500 8H3M13 8h1.500M3.400 3.400l1 1M11.600 11.600l1 1M12.600 3.400l-1 1M4.400 11.600l-1 1',
  dark: 'M13 9.500A5.500 5.500 0 0 1 6.500 3 5.500 5.500 0 1 0 13 9.500',
  auto: 'M8 2.500a5.500 5.500 0 1 0 0 11zM8 2.500a5.500 5.500 0 0 1 0 11',
  language: 'M8 13.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11M2.500 8h11M8 2.500c3.300 3.300 3.300 7.700 0 11M8 2.500c-3.300 3.300-3.300 7.700 0 11',
  upload: 'M8 11V3M4.500 6 8 2.500 11.500 6M3 13.500h10', pause: 'M6 4v8M10 4v8', play: 'm5 3.500 7 4.500-7 4.500z', copy: 'M5.500 5.500h7v7h-7zM3.500 10.500v-7h7',
  report: 'M3.500 2.500h6l3 3v8h-9zM9.500 2.500v3h3', download: 'M8 2.500v8M4.500 7.500 8 11l3.500-3.500M3 13.500h10',
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** A value out of evidence: what would be invisible or would turn the line around is named instead. */
export function Value({ text, short, max }: { text: string; short?: boolean; max?: number }) {
  const parts = pieces(text, max ?? (short ? 300 : 4000));
  return (
    <bdi class={short ? 'value short' : 'value'} dir="ltr" title={short && text.length > 40 ? plain(text, 1000) : undefined}>
      {parts.map((p) => ('text' in p ? p.text : <span class="mark" title={t('hiddenCharacter')}>{p.mark}</span>))}
    </bdi>
  );
}

/** A person's or incident's name: the same care, in the page's own letters. */
export function Name({ text }: { text: string }) {
  return <bdi>{pieces(text, 400).map((p) => ('text' in p ? p.text : <span class="mark" title={t('hiddenCharacter')}>{p.mark}</span>))}</bdi>;
}

/** Several lines that an analyst wrote. */
export function Prose({ text }: { text: string }) {
  return <>{text.split(/\r?\n/).map((line) => <p dir="auto">{line === '' ? '\u00a0' : <Name text={line} />}</p>)}</>;
}

/** Puts a window of the top layer beside what opened it, inside the screen. */
function placeBeside(pop: HTMLElement, by: HTMLElement): void {
  const at = by.getBoundingClientRect();
  const size = pop.getBoundingClientRect();
  const left = Math.max(12, Math.min(at.left, innerWidth - size.width - 12));
  const below = at.bottom + 6;
  const top = below + size.height > innerHeight - 8 && at.top - size.height - 6 > 8 ? at.top - size.height - 6 : below;
  pop.style.left = left + 'px';
  pop.style.top = Math.max(8, Math.min(top, innerHeight - size.height - 8)) + 'px';
}

type PopProps = { label?: string; class?: string; popClass?: string; button: ComponentChildren; children: ComponentChildren | ((close: () => void) => ComponentChildren); title?: string };

/** A button and what it opens. Escape and a click beside it close it: the browser's own popover. A table has hundreds of
 * these, so nothing but the button exists until it is pressed. */
export function Pop({ label, class: cls, popClass, button, children, title }: PopProps) {
  const id = useId();
  const by = useRef<HTMLButtonElement>(null);
  const pop = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  return (
    <>
      <button ref={by} type="button" class={cls} aria-expanded={open} aria-controls={open ? id : undefined} aria-label={label} title={title}
        onClick={() => (open ? pop.current?.hidePopover() : setOpen(true))}>
        {button}
      </button>
      {open ? <Popped id={id} at={pop} by={by} class={popClass} onShut={() => setOpen(false)}>{children}</Popped> : null}
    </>
  );
}

type Popping = { id: string; at: RefObject<HTMLDivElement | null>; by: RefObject<HTMLButtonElement | null>; class?: string; onShut: () => void; children: PopProps['children'] };
function Popped({ id, at, by, class: cls, onShut, children }: Popping) {
  useLayoutEffect(() => {
    const el = at.current!;
    const shut = () => el.hidePopover();
    const toggled = (e: Event) => {
      if ((e as ToggleEvent).newState === 'closed') onShut();
    };
    el.showPopover();
    placeBeside(el, by.current!);
    el.addEventListener('toggle', toggled);
    addEventListener('scroll', shut, { passive: true, once: true });
    return () => {
      el.removeEventListener('toggle', toggled);
      removeEventListener('scroll', shut);
    };
  }, []);
  return <div ref={at} id={id} popover="auto" class={'pop ' + (cls ?? '')}>{typeof children === 'function' ? children(() => at.current?.hidePopover()) : children}</div>;
}

/** Any number can be asked what it means. */
export function Why({ children, says }: { children: ComponentChildren; says: ComponentChildren }) {
  return <Pop class="why" button={children}>{says}</Pop>;
}

export function Bits({ value, says }: { value: number; says?: ComponentChildren }) {
  const shown = <span class="bits"><b>{bits(value)}</b><small>{t('bits')}</small></span>;
  return says === undefined ? shown : <Why says={says}>{shown}</Why>;
}

/** A length; what it stands for is always beside it in figures, so it is no picture for those who cannot see it. */
export function Bar({ part, against, thin }: { part: number; against?: boolean; thin?: boolean }) {
  const share = Math.max(0, Math.min(1, part));
  return (
    <span class={thin ? 'bar thin' : 'bar'} aria-hidden="true">
      <i class={against ? 'against' : undefined} style={{ width: (share * 100).toFixed(2) + '%' }} />
    </span>
  );
}

const GRADE: Record<string, string> = {
  read: 'good', done: 'good', release: 'good', partial: 'caution', 'unknown-format': '', skipped: '', redact: 'caution', limit: 'caution',
  'time-limit': 'caution', 'memory-limit': 'caution', crashed: 'grave', policy: 'grave', protocol: 'grave', unreadable: 'grave', failed: 'grave', hold: 'grave', overdue: 'grave', open: 'caution',
};
export function State({ kind, name }: { kind: 'verdict' | 'answer' | 'obligation'; name: string }) {
  return <span class={'sample ' + (GRADE[name] ?? '')}>{tn(kind + '.', name)}</span>;
}

export function sentence(e: Error): string {
  if (e instanceof Unreachable) return t('unreachable');
  if (e instanceof Refusal) {
    const known = tn('refusal.', e.problem.code);
    return known === e.problem.code ? e.problem.why : known;
  }
  return e.message;
}

export function Wrong({ error, again }: { error: Error; again?: () => void }) {
  return (
    <div class="note-strip grave" role="alert">
      {sentence(error)}{' '}
      {error instanceof Refusal && tn('refusal.', error.problem.code) !== error.problem.code ? <span class="hint" dir="auto">{plain(error.problem.why)}</span> : null}{' '}
      {again ? <button type="button" class="plain-button" onClick={again}>{t('tryAgain')}</button> : null}
    </div>
  );
}

export function Waiting({ what }: { what?: string }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 200);
    return () => clearTimeout(timer);
  }, []);
  return <div class="waiting" role="status" hidden={!late}>{what ?? t('waiting')}</div>;
}

/** The three states of everything that is asked for. */
export function Shown<T>({ of, what, children }: { of: Asked<T>; what?: string; children: (value: T) => ComponentChildren }) {
  if (of.value !== undefined) {
    return <>{of.wrong ? <Wrong error={of.wrong} again={of.again} /> : null}{children(of.value)}</>;
  }
  return of.wrong ? <Wrong error={of.wrong} again={of.again} /> : <Waiting what={what} />;
}

export function Empty({ title, children, actions }: { title: string; children?: ComponentChildren; actions?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children ? <p>{children}</p> : null}
      {actions ? <div class="actions">{actions}</div> : null}
    </div>
  );
}

export function Field({ label, children, hint }: { label: string; children: ComponentChildren; hint?: string }) {
  return <label class="field"><span>{label}</span>{children}{hint ? <small class="hint">{hint}</small> : null}</label>;
}

type DialogProps = { title: string; onClose: () => void; children: ComponentChildren; footer?: ComponentChildren; class?: string; bare?: boolean };
export function Dialog({ title, onClose, children, footer, class: cls, bare }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const el = ref.current!;
    const before = document.activeElement;
    el.showModal();
    return () => {
      el.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={ref} class={cls} aria-label={title} onCancel={(e) => { e.preventDefault(); onClose(); }}
      onClick={(e) => { if (e.target === ref.current) onClose(); }}>
      {bare ? children : (
        <>
          <header><h2>{title}</h2><button type="button" class="icon-button" aria-label={t('close')} onClick={onClose}><Icon name="close" /></button></header>
          <div class="body">{children}</div>
          {footer ? <footer>{footer}</footer> : null}
        </>
      )}
    </dialog>
  );
}

export type TabSpec = { href: string; name: string; count?: number; here: boolean };
export function Tabs({ tabs, label }: { tabs: TabSpec[]; label: string }) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a href={tab.href} aria-current={tab.here ? 'page' : undefined}>{tab.name}{tab.count === undefined ? null : <span class="count">{tab.count}</span>}</a>
      ))}
    </nav>
  );
}

export function SearchField({ value, onInput, label, keys, id }: { value: string; onInput: (v: string) => void; label: string; keys?: string; id?: string }) {
  return (
    <label class="search">
      <span class="out-of-sight">{label}</span>
      <Icon name="search" />
      <input id={id} class="input" type="search" value={value} placeholder={label} maxLength={200} autoComplete="off" spellcheck={false}
        onInput={(e) => onInput(e.currentTarget.value)} />
      {keys && value === '' ? <kbd aria-hidden="true">{keys}</kbd> : null}
    </label>
  );
}
