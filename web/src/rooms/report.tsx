// SPDX-License-Identifier: Apache-2.0
// The joint advisory: the server composes it, every sentence with its source; the page shows the text, sets it for paper
// with the marking on every page, and hands out the files. Markdown is read as text here, never as markup.
import { useEffect, useState } from 'preact/hooks';
import { text, url } from '../api/client';
import type { IncidentFull } from '../api/types';
import { LANGUAGES, language, t } from '../i18n';
import { blocks, type Block } from '../lib/markdown';
import { place, setQuery } from '../router';
import { Icon, Name, Value, Waiting, Wrong } from '../ui/parts';

const TLPS = ['clear', 'green', 'amber', 'amber+strict', 'red'] as const;

export function Report({ incident }: { incident: IncidentFull }) {
  const query = place.value.query;
  const tlp = TLPS.find((x) => x === query.get('tlp')) ?? 'amber';
  const spoken = LANGUAGES.find((l) => l.code === query.get('language'))?.code ?? language.value;
  const [told, setTold] = useState<string>();
  const [wrong, setWrong] = useState<Error>();
  const path = `/incidents/${encodeURIComponent(incident.id)}/report`;
  useEffect(() => {
    const abort = new AbortController();
    setWrong(undefined);
    text(path, { format: 'markdown', language: spoken, tlp }, abort.signal).then(setTold, (e: Error) => { if (!abort.signal.aborted) setWrong(e); });
    return () => abort.abort();
  }, [path, spoken, tlp]);
  const marking = <Tlp level={tlp} />;
  return (
    <>
      <div class="filters no-print">
        <label class="row"><span class="label">TLP</span><select class="select" value={tlp} onChange={(e) => setQuery({ tlp: e.currentTarget.value })}>{TLPS.map((x) => <option value={x}>TLP:{x.toUpperCase()}</option>)}</select></label>
        <label class="row"><span class="label">{t('language')}</span><select class="select" value={spoken} onChange={(e) => setQuery({ language: e.currentTarget.value })}>{LANGUAGES.map((l) => <option value={l.code} lang={l.code}>{l.name}</option>)}</select></label>
        <button type="button" class="button" onClick={() => print()}><Icon name="report" />{t('report.print')}</button>
        <a class="button" href={url(path, { format: 'html', language: spoken, tlp })} download><Icon name="download" />HTML</a>
        <a class="button" href={url(path, { format: 'markdown', language: spoken, tlp })} download><Icon name="download" />Markdown</a>
      </div>
      <div class="print-marking top" aria-hidden="true">{marking}</div>
      <div class="print-marking bottom" aria-hidden="true">{marking}</div>
      {wrong ? <Wrong error={wrong} /> : told === undefined ? <Waiting /> : (
        <article class="paper" lang={spoken}>
          <p class="end">{marking}</p>
          {blocks(told).map((b) => <Show b={b} />)}
        </article>
      )}
    </>
  );
}

export function Tlp({ level }: { level: string }) {
  return <span class={'tlp ' + level.replace(/\+.*/, '')}>TLP:{level.toUpperCase()}</span>;
}

function Show({ b }: { b: Block }) {
  switch (b.kind) {
    case 'heading': return b.level <= 1 ? <h2 class="paper-title"><Name text={b.text} /></h2> : b.level === 2 ? <h3 class="paper-head"><Name text={b.text} /></h3> : <h4><Name text={b.text} /></h4>;
    case 'list': return <ul class="bullets">{b.items.map((i) => <li><Name text={i} /></li>)}</ul>;
    case 'code': return <pre><Value text={b.text} /></pre>;
    case 'table': return (
      <div class="table-wrap"><table class="table"><thead><tr>{b.head.map((h) => <th scope="col"><Name text={h} /></th>)}</tr></thead>
        <tbody>{b.rows.map((r) => <tr>{r.map((c) => <td><Name text={c} /></td>)}</tr>)}</tbody></table></div>
    );
    default: return <p><Name text={b.text} /></p>;
  }
}
