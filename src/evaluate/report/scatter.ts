/** @file Runs as points on a plane of two rates, with both 95% intervals as a cross: inline SVG, its numbers in the tables beside it. */
import { percent } from './format.ts';
import { html, type Html } from './html.ts';
import type { ScatterSection } from './sections.ts';

const SIZE = 460;
const MARGIN = { left: 60, right: 130, top: 14, bottom: 48 };
const TICKS = [0, 0.25, 0.5, 0.75, 1];

export function scatterView(section: ScatterSection): Html {
  const plot = SIZE - MARGIN.top - MARGIN.bottom;
  const x = (share: number): string => (MARGIN.left + share * plot).toFixed(1);
  const y = (share: number): string => (MARGIN.top + (1 - share) * plot).toFixed(1);
  const grid = TICKS.map(
    (tick) =>
      html`<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="${y(0)}" y2="${y(1)}"/><line class="grid" x1="${x(0)}" x2="${x(1)}" y1="${y(tick)}" y2="${y(tick)}"/><text class="tick" x="${x(tick)}" y="${MARGIN.top + plot + 18}" text-anchor="middle">${percent(tick, 0)}</text><text class="tick" x="${MARGIN.left - 8}" y="${Number(y(tick)) + 4}" text-anchor="end">${percent(tick, 0)}</text>`,
  );
  const points = section.points.map((point, i) => {
    const colour = i % 8;
    const said = `${point.name}: ${section.xLabel} ${percent(point.x.value)} (${percent(point.x.low)} to ${percent(point.x.high)}), ${section.yLabel} ${percent(point.y.value)} (${percent(point.y.low)} to ${percent(point.y.high)})`;
    return html`<g><title>${said}</title><line class="cross c${colour}" x1="${x(point.x.low)}" x2="${x(point.x.high)}" y1="${y(point.y.value)}" y2="${y(point.y.value)}"/><line class="cross c${colour}" x1="${x(point.x.value)}" x2="${x(point.x.value)}" y1="${y(point.y.low)}" y2="${y(point.y.high)}"/><circle class="dot c${colour}" cx="${x(point.x.value)}" cy="${y(point.y.value)}" r="5"/></g>`;
  });
  const labels = spread(section.points.map((point) => Number(y(point.y.value)))).map(
    (at, i) =>
      html`<circle class="dot c${i % 8}" cx="${Number(x(1)) + 14}" cy="${at}" r="4"/><text class="tick" x="${Number(x(1)) + 24}" y="${at + 4}">${short(section.points[i]!.name)}</text>`,
  );
  const spoken = section.points
    .map((point) => `${point.name}: ${percent(point.x.value)}, ${percent(point.y.value)}`)
    .join('; ');
  return html`<svg class="scatter" viewBox="0 0 ${MARGIN.left + plot + MARGIN.right} ${SIZE}" role="img" aria-label="${section.xLabel} against ${section.yLabel}: ${spoken}">${grid}<text class="axis-label" x="${MARGIN.left + plot / 2}" y="${SIZE - 8}" text-anchor="middle">${section.xLabel}</text><text class="axis-label" x="14" y="${MARGIN.top + plot / 2}" text-anchor="middle" transform="rotate(-90 14 ${MARGIN.top + plot / 2})">${section.yLabel}</text>${points}${labels}</svg>`;
}

const LINE = 17;
const short = (name: string): string => (name.length > 16 ? `${name.slice(0, 15)}…` : name);

/** Heights of labels beside their points, pushed down where they would touch. */
function spread(heights: readonly number[]): number[] {
  const order = heights.map((_, i) => i).sort((a, b) => heights[a]! - heights[b]!);
  const placed = [...heights];
  let free = Number.NEGATIVE_INFINITY;
  for (const i of order) {
    placed[i] = Math.max(heights[i]!, free);
    free = placed[i]! + LINE;
  }
  return placed;
}
