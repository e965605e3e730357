// SPDX-License-Identifier: Apache-2.0
// The table: everything is first of all rows that can be sorted, walked through with the keyboard and read aloud. Long
// lists draw only the rows in sight; narrow screens fold each row into lines with their column's name before them.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n';
import { typing } from './typing';

export type Column<T> = {
  key: string;
  name: string;
  /** figures stand to the right */
  end?: boolean;
  /** takes the room that is left */
  wide?: boolean;
  sort?: boolean;
  cell: (row: T) => ComponentChildren;
};

type Props<T> = {
  label: string;
  columns: Column<T>[];
  rows: readonly T[];
  id: (row: T) => string | number;
  href?: (row: T) => string;
  open?: (row: T) => void;
  /** "bits" or "-bits" */
  sort?: string;
  onSort?: (sort: string) => void;
  greyed?: (row: T) => boolean;
  more?: () => void;
  fetching?: boolean;
};

/** Above so many rows only those near the screen are drawn. */
const WHOLE_MAX = 200;
const ROW = 33;
const BEYOND = 30;

export function Table<T>(p: Props<T>) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [here, setHere] = useState(-1);
  const [from, setFrom] = useState(0);
  const windowed = p.rows.length > WHOLE_MAX && innerWidth > 700;
  const shown = Math.ceil(innerHeight / ROW) + 2 * BEYOND;
  const first = windowed ? Math.max(0, Math.min(from, p.rows.length - shown)) : 0;
  const last = windowed ? Math.min(p.rows.length, first + shown) : p.rows.length;

  useEffect(() => {
    if (!windowed) return;
    let asked = 0;
    const look = () => {
      cancelAnimationFrame(asked);
      asked = requestAnimationFrame(() => {
        const top = body.current?.getBoundingClientRect().top ?? 0;
        setFrom(Math.max(0, Math.floor(-top / ROW) - BEYOND));
      });
    };
    look();
    addEventListener('scroll', look, { passive: true });
    return () => {
      cancelAnimationFrame(asked);
      removeEventListener('scroll', look);
    };
  }, [windowed]);

  useEffect(() => setHere((n) => Math.min(n, p.rows.length - 1)), [p.rows.length]);

  // j and k walk through the first table of the room; Enter follows. Typing in a field is never disturbed.
  useEffect(() => {
    const walk = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.metaKey || e.altKey || typing(e.target)) return;
      if (document.querySelector('main .table tbody') !== body.current) return;
      const step = e.key === 'j' ? 1 : e.key === 'k' ? -1 : 0;
      if (step) {
        e.preventDefault();
        setHere((n) => {
          const next = Math.max(0, Math.min(p.rows.length - 1, n + step));
          requestAnimationFrame(() => {
            const row = body.current?.querySelector('tr[data-here]');
            row?.scrollIntoView({ block: 'nearest' });
            (row?.querySelector('a, button') as HTMLElement | null)?.focus({ preventScroll: true });
          });
          return next;
        });
      }
    };
    addEventListener('keydown', walk);
    return () => removeEventListener('keydown', walk);
  }, [p.rows]);

  return (
    <>
      <div class="table-wrap">
        <table class="table folds" aria-rowcount={windowed ? p.rows.length + 1 : undefined} aria-label={p.label}>
          <thead>
            <tr>
              {p.columns.map((c) => {
                const by = p.sort === c.key ? 'ascending' : p.sort === '-' + c.key ? 'descending' : undefined;
                return (
                  <th scope="col" class={(c.end ? 'end ' : '') + (c.wide ? 'wide' : '')} aria-sort={c.sort && by ? by : undefined}>
                    {c.sort && p.onSort ? (
                      <button type="button" onClick={() => p.onSort!(by === 'descending' ? c.key : '-' + c.key)}>
                        {c.name}{by === 'ascending' ? ' ↑' : by === 'descending' ? ' ↓' : ''}
                      </button>
                    ) : c.name}
                  </th>
                );
              })}
            </tr>
          </thead>
          <tbody ref={body}>
            {first > 0 ? <tr aria-hidden="true"><td colSpan={p.columns.length} style={{ height: first * ROW + 'px', padding: 0 }} /></tr> : null}
            {p.rows.slice(first, last).map((row, i) => (
              <tr key={p.id(row)} data-here={first + i === here ? '' : undefined} aria-rowindex={windowed ? first + i + 2 : undefined}
                class={p.greyed?.(row) ? 'greyed' : undefined}>
                {p.columns.map((c, n) => {
                  const cell = c.cell(row);
                  const none = cell === null || cell === undefined || cell === '';
                  return (
                    <td class={(c.end ? 'end ' : '') + (c.wide ? 'wide ' : '') + (n === 0 ? 'first ' : '') + (none ? 'empty' : '')} data-label={c.name}>
                      {n === 0 && p.href ? <a href={p.href(row)}>{cell}</a> : n === 0 && p.open ? <button type="button" class="plain-button" onClick={() => p.open!(row)}>{cell}</button> : cell}
                    </td>
                  );
                })}
              </tr>
            ))}
            {last < p.rows.length ? <tr aria-hidden="true"><td colSpan={p.columns.length} style={{ height: (p.rows.length - last) * ROW + 'px', padding: 0 }} /></tr> : null}
          </tbody>
        </table>
      </div>
      {p.more ? <More onMore={p.more} busy={p.fetching ?? false} /> : null}
    </>
  );
}

/** The next page comes when one gets near the end; the button is for those who do not scroll. */
export function More({ onMore, busy }: { onMore: () => void; busy: boolean }) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (busy || !ref.current) return;
    const near = new IntersectionObserver((seen) => { if (seen.some((s) => s.isIntersecting)) onMore(); }, { rootMargin: '400px' });
    near.observe(ref.current);
    return () => near.disconnect();
  }, [busy, onMore]);
  return <div class="more" ref={ref}><button type="button" class="button" disabled={busy} onClick={onMore}>{t(busy ? 'waiting' : 'more')}</button></div>;
}
