/** @file `renderReport`: sections become one HTML file that needs nothing else; light and dark, readable without script, printable. */
import { chartView, intervalsView } from './chart.ts';
import { anchorOf, html, inlineMarkup, rawHtml, type Html } from './html.ts';
import { pairsView, programsView } from './programs.ts';
import { scatterView } from './scatter.ts';
import { SCRIPT } from './script.ts';
import type { HeadlinesSection, ReportHead, ReportSection } from './sections.ts';
import { STYLE } from './style.ts';
import { tableView } from './table.ts';

const headlinesView = (section: HeadlinesSection): Html =>
  html`<ul class="headlines">${section.figures.map((figure) => html`<li class="${figure.tone ?? 'neutral'}"><span class="label">${figure.label}</span><span class="figure">${figure.value}</span>${figure.note ? html`<span class="note">${figure.note}</span>` : null}</li>`)}</ul>`;

function bodyOf(section: ReportSection): Html {
  switch (section.kind) {
    case 'headlines':
      return headlinesView(section);
    case 'text':
      return html`${section.paragraphs.map((text) => html`<p>${inlineMarkup(text)}</p>`)}`;
    case 'table':
      return tableView(section);
    case 'chart':
      return chartView(section);
    case 'intervals':
      return intervalsView(section);
    case 'scatter':
      return scatterView(section);
    case 'programs':
      return programsView(section.programs);
    case 'pairs':
      return pairsView(section.pairs);
    case 'group':
      return html`${section.sections.map((inner) => sectionView(inner, 3))}`;
  }
}

function sectionView(section: ReportSection, level: 2 | 3): Html {
  const heading = section.heading ?? '';
  const note =
    'note' in section && section.note
      ? html`<p class="lead-in">${inlineMarkup(section.note)}</p>`
      : null;
  const id = anchorOf(heading);
  if (section.kind === 'group')
    return html`<details class="group" id="${id}"${section.open ? rawHtml(' open') : null}><summary><h2>${heading}</h2></summary>${bodyOf(section)}</details>`;
  const title =
    heading === '' ? null : level === 2 ? html`<h2>${heading}</h2>` : html`<h3>${heading}</h3>`;
  return html`<section class="${section.kind}"${heading ? html` id="${id}"` : null}>${title}${note}${bodyOf(section)}</section>`;
}

/** A complete HTML document. Everything inside is escaped; nothing is fetched from anywhere. */
export function renderReport(sections: readonly ReportSection[], head: ReportHead): string {
  const entries = sections.filter((section) => section.heading);
  const contents =
    entries.length > 2
      ? html`<nav aria-label="Contents"><ol>${entries.map((s) => html`<li><a href="#${anchorOf(s.heading!)}">${s.heading}</a></li>`)}</ol></nav>`
      : null;
  const facts = html`<dl class="facts">${head.facts.map((fact) => html`<div><dt>${fact.label}</dt><dd>${fact.value}</dd></div>`)}</dl>`;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"><title>${head.title}</title><style>${rawHtml(STYLE)}</style></head>
<body><header><div class="top"><p class="brand">Vul2Safe</p><button type="button" id="theme" hidden>Dark</button></div><h1>${head.title}</h1><p class="lead">${inlineMarkup(head.lead)}</p></header>
<div class="frame">${contents}<main>${sections.map((section) => sectionView(section, 2))}</main></div>
<footer><h2>How this was made</h2>${facts}</footer><div id="tip" role="tooltip" hidden></div><script>${rawHtml(SCRIPT)}</script></body></html>
`;
  return page.html;
}
