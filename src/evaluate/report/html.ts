/** @file Text becomes HTML only here: the template escapes everything put into it, so that no prompt, program or finding can break the page. */

/** A piece of HTML that is known to be well formed. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | null | undefined | false | readonly Part[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string =>
  // Lone control characters (NUL, ESC...) appear in what models write and are not allowed in HTML.
  text
    .replace(/[&<>"']/g, (character) => ESCAPES[character]!)
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '\ufffd');

function toHtml(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  if ('html' in part) return part.html;
  return part.map(toHtml).join('');
}

/** Tagged template: interpolated text is escaped, nested Html and lists of it are kept. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let out = strings[0]!;
  for (let i = 0; i < parts.length; i++) out += toHtml(parts[i]) + strings[i + 1]!;
  return { html: out };
}

export const rawHtml = (markup: string): Html => ({ html: markup });

/** Plain text with `code`, **bold** and [links](https://...): enough for a report's prose. */
export function inlineMarkup(text: string): Html {
  const pattern = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\((https?:\/\/[^)\s]+)\)/g;
  let out = '';
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    out += escapeHtml(text.slice(from, match.index));
    const [whole, code, bold, label, address] = match;
    if (code !== undefined) out += html`<code>${code}</code>`.html;
    else if (bold !== undefined) out += html`<strong>${bold}</strong>`.html;
    else out += html`<a href="${address}">${label}</a>`.html;
    from = match.index + whole.length;
  }
  return rawHtml(out + escapeHtml(text.slice(from)));
}

/** A fragment name for links within the page. */
export const anchorOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '') || 'section';
