/**
 * @file Line charts and dot-and-whisker plots as inline SVG: no library, no script needed to read them. Series differ by
 * colour and by dash; every chart carries its numbers in a table below for people who cannot or would rather not look.
 */
import { html, type Html } from './html.ts';
import { numberText, percent } from './format.ts';
import type { Chart, ChartSection, ChartSeries, IntervalsSection } from './sections.ts';

const WIDTH = 520;
const HEIGHT = 260;
const MARGIN = { left: 54, right: 14, top: 12, bottom: 40 };
const DASHES = ['', '7 4', '2 3', '9 3 2 3', '5 2', '1 4', '12 4', '3 6'];
const MAX_POINTS = 400;

/** Round steps (1, 2, 2.5 or 5 times a power of ten) that cover [low, high] in about `count` parts. */
export function niceTicks(low: number, high: number, count = 5): number[] {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((s) => s >= rough)!;
  const ticks: number[] = [];
  for (let i = Math.floor(low / step + 1e-9); i * step <= high + step * (1 - 1e-9); i++)
    ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

/** Long series are thinned to what a screen can show; the first and last points stay. */
function thin(series: ChartSeries): ChartSeries {
  const points = series.points.filter((p) => Number.isFinite(p.x) && Number.isFinite(p.y));
  if (points.length <= MAX_POINTS) return { ...series, points };
  const stride = (points.length - 1) / (MAX_POINTS - 1);
  return {
    ...series,
    points: Array.from({ length: MAX_POINTS }, (_, i) => points[Math.round(i * stride)]!),
  };
}

function lineChart(chart: Chart, colours: ReadonlyMap<string, number>): Html {
  const series = chart.series.map(thin).filter((one) => one.points.length > 0);
  if (series.length === 0)
    return html`<figure class="chart"><figcaption>${chart.title}</figcaption><p class="quiet">No points were recorded.</p></figure>`;
  const show = (y: number): string => (chart.unit === 'share' ? percent(y, 0) : numberText(y));
  const xs = series.flatMap((one) => one.points.map((p) => p.x));
  const ys = [
    ...series.flatMap((one) => one.points.flatMap((p) => [p.y, p.low ?? p.y, p.high ?? p.y])),
    ...(chart.levels ?? []).map((level) => level.y),
  ].filter(Number.isFinite);
  const limit = (y: number): number => (chart.unit === 'share' ? Math.min(1, Math.max(0, y)) : y);
  const yTicks = niceTicks(limit(Math.min(...ys)), limit(Math.max(...ys)));
  const [yLow, yHigh] = [yTicks[0]!, yTicks[yTicks.length - 1]!];
  const [xLow, xHigh] = [Math.min(...xs), Math.max(...xs)];
  const xTicks = niceTicks(xLow, xHigh).filter((tick) => tick >= xLow && tick <= xHigh);
  const x = (value: number): number =>
    MARGIN.left + ((value - xLow) / (xHigh - xLow || 1)) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (value: number): number =>
    HEIGHT -
    MARGIN.bottom -
    ((limit(value) - yLow) / (yHigh - yLow || 1)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const at = (px: number, py: number): string => `${px.toFixed(1)},${py.toFixed(1)}`;

  const grid = yTicks.map(
    (tick) =>
      html`<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}"/><text class="tick" x="${MARGIN.left - 8}" y="${(y(tick) + 4).toFixed(1)}" text-anchor="end">${show(tick)}</text>`,
  );
  const bottom = xTicks.map(
    (tick) =>
      html`<text class="tick" x="${x(tick).toFixed(1)}" y="${HEIGHT - MARGIN.bottom + 16}" text-anchor="middle">${numberText(tick)}</text>`,
  );
  const levels = (chart.levels ?? []).map(
    (level) =>
      html`<line class="level" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(level.y).toFixed(1)}" y2="${y(level.y).toFixed(1)}"/><text class="tick" x="${WIDTH - MARGIN.right - 4}" y="${(y(level.y) - 4).toFixed(1)}" text-anchor="end">${level.label}</text>`,
  );
  const bands = series.map((one) => {
    const banded = one.points.filter((p) => p.low !== undefined && p.high !== undefined);
    if (banded.length < 2) return null;
    const upper = banded.map((p) => at(x(p.x), y(p.high!)));
    const lower = banded.map((p) => at(x(p.x), y(p.low!))).reverse();
    return html`<polygon class="band c${colours.get(one.name)}" points="${[...upper, ...lower].join(' ')}"/>`;
  });
  const lines = series.map((one) => {
    const colour = colours.get(one.name)!;
    const dash = DASHES[colour % DASHES.length];
    const dots = one.points.length > 60 ? [] : one.points;
    return html`<polyline class="line c${colour}"${dash ? html` stroke-dasharray="${dash}"` : null} points="${one.points.map((p) => at(x(p.x), y(p.y))).join(' ')}"/>${dots.map((p) => html`<circle class="dot c${colour}" cx="${x(p.x).toFixed(1)}" cy="${y(p.y).toFixed(1)}" r="2.6"><title>${one.name}: ${show(p.y)} at ${chart.xLabel} ${numberText(p.x)}</title></circle>`)}`;
  });
  const last = series.map(
    (one) => `${one.name} ends at ${show(one.points[one.points.length - 1]!.y)}`,
  );
  return html`<figure class="chart"><figcaption>${chart.title}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${chart.title}: ${last.join(', ')}">${grid}${bottom}<line class="axis" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${HEIGHT - MARGIN.bottom}" y2="${HEIGHT - MARGIN.bottom}"/><text class="axis-label" x="${(MARGIN.left + WIDTH - MARGIN.right) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${chart.xLabel}</text>${chart.yLabel === chart.title ? null : html`<text class="axis-label" x="14" y="${(MARGIN.top + HEIGHT - MARGIN.bottom) / 2}" text-anchor="middle" transform="rotate(-90 14 ${(MARGIN.top + HEIGHT - MARGIN.bottom) / 2})">${chart.yLabel}</text>`}${levels}${bands}${lines}</svg>${chartNumbers(chart, series, show)}</figure>`;
}

function chartNumbers(
  chart: Chart,
  series: readonly ChartSeries[],
  show: (y: number) => string,
): Html {
  const steps = [...new Set(series.flatMap((one) => one.points.map((p) => p.x)))].sort(
    (a, b) => a - b,
  );
  const stride = Math.max(1, Math.ceil(steps.length / 40));
  const shown = steps.filter((_, i) => i % stride === 0 || i === steps.length - 1);
  const byStep = series.map((one) => new Map(one.points.map((p) => [p.x, p.y])));
  return html`<details class="numbers"><summary>Numbers</summary><div class="scroll"><table><thead><tr><th scope="col" class="num">${chart.xLabel}</th>${series.map((one) => html`<th scope="col" class="num">${one.name}</th>`)}</tr></thead><tbody>${shown.map((step) => html`<tr><th scope="row" class="num">${numberText(step)}</th>${byStep.map((points) => html`<td class="num">${points.has(step) ? show(points.get(step)!) : '–'}</td>`)}</tr>`)}</tbody></table></div></details>`;
}

const legend = (names: readonly string[], dashed: boolean): Html =>
  html`<ul class="legend">${names.map((name, i) => html`<li><svg viewBox="0 0 28 8" aria-hidden="true">${dashed ? html`<line class="line c${i}" x1="0" x2="28" y1="4" y2="4"${DASHES[i % DASHES.length] ? html` stroke-dasharray="${DASHES[i % DASHES.length]}"` : null}/>` : html`<circle class="dot c${i}" cx="14" cy="4" r="4"/>`}</svg>${name}</li>`)}</ul>`;

export function chartView(section: ChartSection): Html {
  const names = [...new Set(section.charts.flatMap((chart) => chart.series.map((s) => s.name)))];
  const colours = new Map(names.map((name, i) => [name, i % 8]));
  return html`${names.length > 1 ? legend(names, true) : null}<div class="charts">${section.charts.map((chart) => lineChart(chart, colours))}</div>`;
}

/** Each group is one row block on a common 0-100% scale. */
export function intervalsView(section: IntervalsSection): Html {
  const present = section.groups.flatMap((g) => g.rates.map((r) => r.name));
  const names = [...new Set([...(section.order ?? []), ...present])];
  const left = 150;
  const width = 760;
  const plot = width - left - 110;
  const rowHeight = 22;
  let top = 8;
  const x = (share: number): string => (left + share * plot).toFixed(1);
  const blocks: Html[] = [];
  const label = (text: string): string => (text.length > 22 ? `${text.slice(0, 21)}…` : text);
  for (const group of section.groups) {
    top += 18;
    blocks.push(
      html`<text class="group" x="0" y="${top}">${group.label}${group.better ? html` <tspan class="tick">${group.better} is better</tspan>` : null}</text>`,
    );
    top += 8;
    for (const { name, rate } of group.rates) {
      const middle = top + rowHeight / 2;
      const colour = section.oneColour ? 0 : names.indexOf(name) % 8;
      blocks.push(
        html`<g><title>${name}: ${percent(rate.value)}, 95% interval ${percent(rate.low)} to ${percent(rate.high)}, n = ${rate.n}</title><text class="tick" x="${left - 12}" y="${middle + 4}" text-anchor="end">${label(name)}</text><line class="grid" x1="${left}" x2="${left + plot}" y1="${middle}" y2="${middle}"/>${
          rate.n === 0
            ? html`<text class="tick" x="${left + plot + 10}" y="${middle + 4}">unknown</text>`
            : html`<line class="whisker c${colour}" x1="${x(rate.low)}" x2="${x(rate.high)}" y1="${middle}" y2="${middle}"/><circle class="dot c${colour}" cx="${x(rate.value)}" cy="${middle}" r="5"/><text class="value" x="${left + plot + 10}" y="${middle + 4}">${percent(rate.value)} <tspan class="tick">n ${rate.n}</tspan></text>`
        }</g>`,
      );
      top += rowHeight;
    }
    top += 10;
  }
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      html`<line class="grid" x1="${x(share)}" x2="${x(share)}" y1="8" y2="${top}"/><text class="tick" x="${x(share)}" y="${top + 16}" text-anchor="middle">${percent(share, 0)}</text>`,
  );
  const spoken = section.groups
    .flatMap((g) => g.rates.map((r) => `${g.label}, ${r.name}: ${percent(r.rate.value)}`))
    .join('; ');
  return html`<div class="scroll"><svg class="intervals" viewBox="0 0 ${width} ${top + 24}" role="img" aria-label="${spoken}">${ticks}${blocks}</svg></div>`;
}
