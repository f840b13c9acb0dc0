/**
 * @file Source text with marks on it. Marks may overlap; the text is cut at every mark's edge and each piece
 * carries all the marks that cover it, so that a token's colour and a finding's underline show together.
 */
import { html, rawHtml, type Html } from './html.ts';
import { signedText } from './format.ts';
import type { CodeMark, RewardedToken } from './sections.ts';

interface Layer {
  readonly start: number;
  readonly end: number;
  readonly className: string;
  readonly style: string;
  readonly tip: string;
  /** Reachable by keyboard; only for what carries news. */
  readonly focus: boolean;
}

/** Colour strength is relative to the largest reward of the program, with a floor so that small ones remain visible. */
function tokenLayers(tokens: readonly RewardedToken[]): Layer[] {
  const largest = Math.max(1e-12, ...tokens.map((token) => Math.abs(token.reward)));
  return tokens
    .filter((token) => token.end > token.start)
    .map((token) => {
      const strength =
        token.reward === 0 ? 0 : Math.max(0.14, Math.abs(token.reward) / largest).toFixed(2);
      const sign = token.reward > 0 ? 'plus' : token.reward < 0 ? 'minus' : 'zero';
      return {
        start: token.start,
        end: token.end,
        className: `tok ${sign}`,
        style: token.reward === 0 ? '' : `--s:${strength}`,
        tip: [`reward ${signedText(token.reward)}`, ...token.why].join('\n'),
        focus: token.reward !== 0,
      };
    });
}

const markLayers = (marks: readonly CodeMark[]): Layer[] =>
  marks
    .filter((mark) => mark.end > mark.start)
    .map((mark) => ({
      start: mark.start,
      end: mark.end,
      className: `mark ${mark.tone}`,
      style: '',
      tip: mark.why,
      focus: true,
    }));

function segments(code: string, layers: readonly Layer[]): Html[] {
  const inside = layers.filter((layer) => layer.start < code.length && layer.end > 0);
  const edges = [...new Set([0, code.length, ...inside.flatMap((l) => [l.start, l.end])])]
    .filter((edge) => edge >= 0 && edge <= code.length)
    .sort((a, b) => a - b);
  const ordered = [...inside].sort((a, b) => a.start - b.start);
  const active: Layer[] = [];
  const pieces: Html[] = [];
  let next = 0;
  for (let i = 0; i + 1 < edges.length; i++) {
    const [from, to] = [edges[i]!, edges[i + 1]!];
    for (let k = active.length - 1; k >= 0; k--) if (active[k]!.end <= from) active.splice(k, 1);
    while (next < ordered.length && ordered[next]!.start <= from) active.push(ordered[next++]!);
    const text = code.slice(from, to);
    if (active.length === 0) {
      pieces.push(html`${text}`);
      continue;
    }
    const style = active
      .map((layer) => layer.style)
      .join(';')
      .replace(/^;+|;+$/g, '');
    pieces.push(
      html`<span class="${active.map((layer) => layer.className).join(' ')}"${style ? html` style="${style}"` : null}${active.some((layer) => layer.focus) ? rawHtml(' tabindex="0"') : null} data-tip="${active.map((layer) => layer.tip).join('\n')}">${text}</span>`,
    );
  }
  return pieces;
}

/** The block with line numbers, scrolling sideways within itself. */
export function codeBlock(
  code: string,
  options: {
    readonly tokens?: readonly RewardedToken[];
    readonly marks?: readonly CodeMark[];
    readonly label: string;
  },
): Html {
  const text = code.endsWith('\n') ? code.slice(0, -1) : code;
  const lines = text.split('\n').length;
  const layers = [...tokenLayers(options.tokens ?? []), ...markLayers(options.marks ?? [])];
  const numbers = Array.from({ length: lines }, (_, i) => i + 1).join('\n');
  return html`<div class="code" role="region" aria-label="${options.label}" tabindex="0"><pre class="gutter" aria-hidden="true">${numbers}</pre><pre class="source"><code>${segments(text, layers)}</code></pre></div>`;
}
