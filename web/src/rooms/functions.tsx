// SPDX-License-Identifier: Apache-2.0
// The functions of a program by rarity; nothing at all for what has no code or where the server does not offer it.
import { useAsk } from '../api/client';
import type { Function as Fn } from '../api/types';
import { number, t } from '../i18n';
import { Bar, Bits } from '../ui/parts';
import { Table } from '../ui/table';

export function Functions({ sha256, format }: { sha256: string; format: string }) {
  const program = /^(pe|elf|mach)/.test(format);
  const asked = useAsk<{ functions: Fn[]; total: number }>(program ? `/evidence/${encodeURIComponent(sha256)}/functions` : undefined, { limit: 100 });
  if (!asked.value || asked.value.functions.length === 0) return null;
  const most = Math.max(1, ...asked.value.functions.map((f) => f.bits));
  return (
    <section class="section">
      <header><h2>{t('functions')}</h2><span class="quiet">{number(asked.value.total)}</span></header>
      <Table label={t('functions')} rows={asked.value.functions} id={(f) => f.trait} columns={[
        { key: 'hash', name: t('class.function'), wide: true, cell: (f) => <code class="value">{f.hash}</code> },
        { key: 'offset', name: t('evidence.offset'), end: true, cell: (f) => f.offset === undefined ? '' : <code>+0x{f.offset.toString(16)}</code> },
        { key: 'incidents', name: t('incidents'), end: true, cell: (f) => number(f.incidents) },
        { key: 'baseline', name: t('rarity.harmless'), end: true, cell: (f) => number(f.baseline) },
        { key: 'bar', name: '', cell: (f) => <Bar part={f.bits / most} thin /> },
        { key: 'bits', name: t('bits'), end: true, cell: (f) => <Bits value={f.bits} /> },
      ]} />
    </section>
  );
}
