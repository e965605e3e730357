// SPDX-License-Identifier: Apache-2.0
// Text that attackers wrote, made safe to look at: what would not be seen, would turn the line around or would move the
// cursor is cut out of the text and named. The page never puts data into markup; this is about what the eye believes.

export type Piece = { text: string } | { mark: string; code: number };

// Controls (C0, DEL, C1), bidi controls, zero width, variation selectors, tags, interlinear marks, line separators, the BOM.
const HIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb]|[\u{1bca0}-\u{1bca3}]|[\u{1d173}-\u{1d17a}]|[\u{e0000}-\u{e0fff}]|[\ud800-\udfff]/gu;

const NAMES: Record<number, string> = {
  0x00: 'NUL', 0x07: 'BEL', 0x08: 'BS', 0x09: 'TAB', 0x0a: 'LF', 0x0d: 'CR', 0x1b: 'ESC', 0x7f: 'DEL', 0x9b: 'CSI',
  0xad: 'SHY', 0x200b: 'ZWSP', 0x200c: 'ZWNJ', 0x200d: 'ZWJ', 0x200e: 'LRM', 0x200f: 'RLM', 0x2028: 'LS', 0x2029: 'PS',
  0x202a: 'LRE', 0x202b: 'RLE', 0x202c: 'PDF', 0x202d: 'LRO', 0x202e: 'RLO', 0x2060: 'WJ', 0x2066: 'LRI', 0x2067: 'RLI',
  0x2068: 'FSI', 0x2069: 'PDI', 0xfeff: 'BOM',
};

export function nameOf(code: number): string {
  return NAMES[code] ?? 'U+' + code.toString(16).toUpperCase().padStart(4, '0');
}

/** The text in pieces: what may be shown as it is, and marks for what may not. */
export function pieces(text: string, max = 4000): Piece[] {
  const out: Piece[] = [];
  const shown = text.length > max ? text.slice(0, max) : text;
  let at = 0;
  for (const hit of shown.matchAll(HIDDEN)) {
    if (hit.index > at) out.push({ text: shown.slice(at, hit.index) });
    const code = hit[0].codePointAt(0)!;
    out.push({ mark: nameOf(code), code });
    at = hit.index + hit[0].length;
  }
  if (at < shown.length) out.push({ text: shown.slice(at) });
  if (shown.length < text.length) out.push({ text: '…' });
  return out;
}

/** The same as one plain text, for titles, labels and what goes into the document's title. */
export function plain(text: string, max = 400): string {
  return pieces(text, max).map((p) => ('text' in p ? p.text : `⟨${p.mark}⟩`)).join('');
}

/** A cell of a CSV file that no spreadsheet takes for a formula. */
export function csvCell(value: string | number): string {
  let text = typeof value === 'number' ? String(value) : plain(value, 32_000);
  if (typeof value === 'string' && /^[\s]*[=+\-@\t\r|%]/.test(text)) text = "'" + text;
  return /[",\n\r']/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}

/** Only an address that a person may safely follow becomes a link; anything else stays text. */
export function safeLink(text: string): string | undefined {
  try {
    const url = new URL(text);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined;
  } catch {
    return undefined;
  }
}
