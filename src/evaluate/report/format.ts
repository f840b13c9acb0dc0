/** @file How numbers look, the same on the page and in the terminal. */
import type { Estimate } from '../statistics/estimate.ts';
import type { RateInterval } from '../statistics/rate.ts';
import type { Badge, Cell } from './sections.ts';

export const isRate = (cell: Cell): cell is RateInterval =>
  typeof cell === 'object' && cell !== null && 'n' in cell;
export const isEstimate = (cell: Cell): cell is Estimate =>
  typeof cell === 'object' && cell !== null && 'over' in cell;
export const isBadge = (cell: Cell): cell is Badge =>
  typeof cell === 'object' && cell !== null && 'tone' in cell;

export const percent = (share: number, decimals = 1): string =>
  Number.isFinite(share) ? `${(share * 100).toFixed(decimals)}%` : 'unknown';

/** "37.5% (31.0–44.2, n = 320)" */
export const rateText = (rate: RateInterval): string =>
  rate.n === 0
    ? 'unknown (n = 0)'
    : `${percent(rate.value)} (${(rate.low * 100).toFixed(1)}–${(rate.high * 100).toFixed(1)}, n = ${rate.n})`;

/** [value, low, high] to the same decimals, three figures or so. */
export function estimateParts(estimate: Estimate): readonly [string, string, string] {
  const size = Math.abs(estimate.value);
  const decimals = size >= 10 ? 1 : size >= 1 || size === 0 ? 2 : 3;
  const show = (value: number): string => value.toFixed(decimals);
  return [show(estimate.value), show(estimate.low), show(estimate.high)];
}

/** "12.3 (8.1–17.0)" */
export function estimateText(estimate: Estimate): string {
  const [value, low, high] = estimateParts(estimate);
  return `${value} (${low}–${high})`;
}

export function numberText(value: number, decimals?: number): string {
  if (!Number.isFinite(value)) return 'unknown';
  if (decimals !== undefined) return value.toFixed(decimals);
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return Math.abs(value) >= 0.01 ? String(Number(value.toFixed(2))) : value.toPrecision(2);
}

/** Signed, for rewards: "+0.25", "−0.10", "0". */
export function signedText(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return value === 0 ? '0' : 'unknown';
  const size = Math.abs(value);
  return `${value > 0 ? '+' : '−'}${size >= 0.001 ? size.toFixed(3).replace(/0+$/, '').replace(/\.$/, '') : size.toExponential(1)}`;
}

export function cellText(cell: Cell, decimals?: number): string {
  if (cell === null) return '–';
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'number') return numberText(cell, decimals);
  if (isEstimate(cell)) return estimateText(cell);
  return isRate(cell) ? rateText(cell) : cell.text;
}

/** "1 program", "2 programs" */
export const countOf = (count: number, noun: string): string =>
  `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
