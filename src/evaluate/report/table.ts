/** @file Tables: on the page (rates with their interval drawn), in the terminal, and as CSV (rates as four columns). */
import { html, inlineMarkup, rawHtml, type Html } from './html.ts';
import { cellText, isBadge, estimateParts, isEstimate, isRate, percent } from './format.ts';
import type { Badge, Cell, Column, TableSection } from './sections.ts';
import type { Estimate } from '../statistics/estimate.ts';
import type { RateInterval } from '../statistics/rate.ts';

const TONE_SIGN = { good: '✓', bad: '✗', warn: '!', neutral: '' } as const;

const badgeBody = (badge: Badge): Html =>
  html`<span class="badge ${badge.tone}">${TONE_SIGN[badge.tone] ? html`<span aria-hidden="true">${TONE_SIGN[badge.tone]}</span> ` : null}${badge.text}</span>`;

export const badgeView = (badge: Badge): Html =>
  badge.to ? html`<a class="to" href="#${badge.to}">${badgeBody(badge)}</a>` : badgeBody(badge);

/** A thin scale from 0 to 100% with the interval as a bar and the value as a tick. */
function intervalBar(rate: RateInterval): Html {
  const at = (share: number): string => (share * 100).toFixed(1);
  const width = Math.max(1, (rate.high - rate.low) * 100).toFixed(1);
  return html`<svg class="interval" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class="scale" x="0" y="3.2" width="100" height="1.6"/><rect class="range" x="${at(rate.low)}" y="1.5" width="${width}" height="5"/><rect class="point" x="${Math.min(98.5, Math.max(0, rate.value * 100 - 0.75)).toFixed(1)}" y="0" width="1.5" height="8"/></svg>`;
}

function rateView(rate: RateInterval): Html {
  if (rate.n === 0) return html`<span class="quiet">unknown</span>`;
  return html`<span class="rate"><b>${percent(rate.value)}</b>${intervalBar(rate)}<small>${(rate.low * 100).toFixed(1)}–${(rate.high * 100).toFixed(1)} · n ${rate.n}</small></span>`;
}

function estimateView(estimate: Estimate): Html {
  const [value, low, high] = estimateParts(estimate);
  return html`<span class="rate"><b>${value}</b><small>${low}–${high}</small></span>`;
}

function cellView(cell: Cell, column: Column): Html {
  if (cell === null) return html`<span class="quiet" title="not measured">–</span>`;
  if (isRate(cell)) return rateView(cell);
  if (isEstimate(cell)) return estimateView(cell);
  if (isBadge(cell)) return badgeView(cell);
  return typeof cell === 'string' ? inlineMarkup(cell) : html`${cellText(cell, column.decimals)}`;
}

const isNumeric = (section: TableSection, index: number): boolean =>
  section.rows.some((row) => typeof row[index] === 'number') &&
  section.rows.every((row) => row[index] === null || typeof row[index] === 'number');

export function tableView(section: TableSection): Html {
  const align = section.columns.map((_, i) =>
    isNumeric(section, i) ? rawHtml(' class="num"') : null,
  );
  const heads = section.columns.map(
    (column, i) =>
      html`<th scope="col"${align[i]}${column.about ? html` title="${column.about}"` : null}>${column.label}${column.better ? html` <span class="better" title="${column.better} is better">${column.better === 'higher' ? '↑' : '↓'}</span>` : null}</th>`,
  );
  const rows = section.rows.map(
    (row) =>
      html`<tr>${section.columns.map((column, i) => (i === 0 ? html`<th scope="row">${cellView(row[i] ?? null, column)}</th>` : html`<td${align[i]}>${cellView(row[i] ?? null, column)}</td>`))}</tr>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${section.heading}"><table><thead><tr>${heads}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** Width on a terminal, near enough: wide East Asian characters and emoji count two. */
const widthOf = (text: string): number => {
  let width = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    width +=
      (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xffdc) || code >= 0x1f300
        ? 2
        : 1;
  }
  return width;
};

const NOTE_WIDTH = 110;

function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1];
    if (last === undefined || last.length + 1 + word.length > NOTE_WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** Lines for a terminal: columns padded, numbers to the right. */
export function tableToText(section: TableSection): string {
  const texts = [
    section.columns.map((column) => column.label),
    ...section.rows.map((row) =>
      section.columns.map((column, i) => cellText(row[i] ?? null, column.decimals)),
    ),
  ];
  const widths = section.columns.map((_, i) => Math.max(...texts.map((row) => widthOf(row[i]!))));
  const lines = texts.map((row) =>
    row
      .map((text, i) => {
        const gap = ' '.repeat(widths[i]! - widthOf(text));
        return isNumeric(section, i) ? gap + text : text + gap;
      })
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [
    section.heading,
    '',
    lines[0]!,
    rule,
    ...lines.slice(1),
    ...(section.note ? ['', ...wrap(section.note)] : []),
  ].join('\n');
}

/** Text a spreadsheet would take for a formula is given a leading apostrophe: cells hold what models wrote. */
const csvField = (text: string): string => {
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** A rate or an estimate becomes four columns: value, low, high, and how much it rests on. */
export function tableToCsv(section: TableSection): string {
  const suffixes = section.columns.map((_, i): readonly string[] => {
    const cells = section.rows.map((row) => row[i] ?? null);
    if (cells.some(isRate)) return ['', ' low', ' high', ' n'];
    const estimate = cells.find(isEstimate);
    return estimate ? ['', ' low', ' high', ` ${estimate.unit}`] : [''];
  });
  const head = section.columns.flatMap((column, i) =>
    suffixes[i]!.map((suffix) => `${column.label}${suffix}`),
  );
  const lines = section.rows.map((row) =>
    section.columns.flatMap((_, i) => {
      const cell = row[i] ?? null;
      const fields =
        cell === null
          ? []
          : isRate(cell)
            ? [cell.value, cell.low, cell.high, cell.n]
            : isEstimate(cell)
              ? [cell.value, cell.low, cell.high, cell.over]
              : [typeof cell === 'number' ? cell : cellText(cell)];
      return suffixes[i]!.map((_, k) => String(fields[k] ?? ''));
    }),
  );
  return `${[head, ...lines].map((fields) => fields.map(csvField).join(',')).join('\n')}\n`;
}
