// SPDX-License-Identifier: Apache-2.0
// The blocks of the server's Markdown: headings, lists, tables, code, paragraphs. Inline marks become plain text; nothing
// here can give anything but text, whatever the text says.

export type Block =
  | { kind: 'heading'; level: number; text: string }
  | { kind: 'text'; text: string }
  | { kind: 'list'; items: string[] }
  | { kind: 'code'; text: string }
  | { kind: 'table'; head: string[]; rows: string[][] };

const cells = (line: string): string[] => line.replace(/^\s*\||\|\s*$/g, '').split(/(?<!\\)\|/).map((c) => inline(c.trim()));

/** Emphasis, code marks, links and escapes read as what a reader would see. */
export function inline(text: string): string {
  return text
    .replace(/\[\^(\w{1,8})\]:?/g, '[$1]')
    .replace(/!?\[([^\]]*)\]\(([^)\s]*)\)/g, (_all, name: string, to: string) => (name === '' || name === to ? to : to.startsWith('#') ? name : `${name} (${to})`))
    .replace(/(?<!\\)(\*\*|__|`+)/g, '')
    .replace(/\\([\\`*_{}[\]()#+\-.!|<>~&])/g, '$1')
    .replace(/&(amp|lt|gt|quot|#39|#x27);/g, (_all, n: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"' })[n] ?? "'");
}

export function blocks(source: string): Block[] {
  const out: Block[] = [];
  const rows = source.split(/\r?\n/);
  for (let i = 0; i < rows.length; i++) {
    const line = rows[i]!;
    const fence = /^(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence) {
      const code: string[] = [];
      for (i++; i < rows.length && !rows[i]!.startsWith(fence); i++) code.push(rows[i]!);
      out.push({ kind: 'code', text: code.join('\n') });
      continue;
    }
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (heading) {
      out.push({ kind: 'heading', level: heading[1]!.length, text: inline(heading[2]!) });
      continue;
    }
    if (/^\s*\|/.test(line) && /^\s*\|?[\s:|-]+\|?\s*$/.test(rows[i + 1] ?? '')) {
      const head = cells(line);
      const body: string[][] = [];
      for (i += 2; i < rows.length && /^\s*\|/.test(rows[i]!); i++) body.push(cells(rows[i]!));
      i--;
      out.push({ kind: 'table', head, rows: body });
      continue;
    }
    const item = /^\s*(?:[-*+]|\d+[.)])\s+(.*)$/.exec(line);
    if (item) {
      const last = out.at(-1);
      if (last?.kind === 'list' && i > 0 && rows[i - 1]!.trim() !== '') last.items.push(inline(item[1]!));
      else out.push({ kind: 'list', items: [inline(item[1]!)] });
      continue;
    }
    if (line.trim() === '' || /^\s*(-{3,}|\*{3,})\s*$/.test(line)) continue;
    const last = out.at(-1);
    // A source begins with its number and stands on a line of its own.
    const joined = i > 0 && rows[i - 1]!.trim() !== '' && !/^\[\^\w+\]:/.test(line);
    if (last && joined && last.kind === 'text') last.text += ' ' + inline(line.trim());
    else if (last && joined && last.kind === 'list') last.items[last.items.length - 1] += ' ' + inline(line.trim());
    else out.push({ kind: 'text', text: inline(line.replace(/^>\s?/, '').trim()) });
  }
  return out;
}
