/**
 * @file Fits the weights of direction.ts: logistic regression on the edit features of real fixes, each fix an example of
 * "after is safer" and, by antisymmetry, its reverse of the opposite; no intercept. Full-batch AdaGrad with an L2 penalty;
 * deterministic. Folds are by project, so that a project's habits never judge itself.
 */
import { createHash } from 'node:crypto';
import type { EditFeatures } from '../offline/direction-features.ts';
import type { DirectionWeights } from '../offline/direction.ts';

export interface FitExample {
  readonly features: EditFeatures;
  readonly project: string;
}

export interface FitOptions {
  /** A feature must occur in at least this many projects, or it would learn a project's own words. */
  readonly leastProjects: number;
  readonly l2: number;
  readonly steps: number;
  readonly stepSize: number;
}

export const DEFAULT_FIT: FitOptions = { leastProjects: 8, l2: 0.01, steps: 300, stepSize: 0.3 };

export function fitDirection(
  examples: readonly FitExample[],
  options: FitOptions = DEFAULT_FIT,
): DirectionWeights {
  const names = frequentFeatures(examples, options.leastProjects);
  const indexOf = new Map(names.map((name, i) => [name, i]));
  const rows = examples.map(({ features }) =>
    [...features].flatMap(([name, amount]) => {
      const index = indexOf.get(name);
      return index === undefined ? [] : [[index, amount] as const];
    }),
  );
  const weights = new Float64Array(names.length);
  const squares = new Float64Array(names.length).fill(1e-6);
  const gradient = new Float64Array(names.length);
  for (let step = 0; step < options.steps; step++) {
    gradient.fill(0);
    for (const row of rows) {
      let score = 0;
      for (const [index, amount] of row) score += weights[index]! * amount;
      const pull = -1 / (1 + Math.exp(score));
      for (const [index, amount] of row) gradient[index]! += pull * amount;
    }
    for (let i = 0; i < weights.length; i++) {
      const slope = gradient[i]! / Math.max(1, rows.length) + options.l2 * weights[i]!;
      squares[i]! += slope * slope;
      weights[i]! -= (options.stepSize * slope) / Math.sqrt(squares[i]!);
    }
  }
  return new Map(names.map((name, i) => [name, weights[i]!]));
}

function frequentFeatures(examples: readonly FitExample[], leastProjects: number): string[] {
  const projects = new Map<string, Set<string>>();
  for (const { features, project } of examples)
    for (const name of features.keys()) {
      const seen = projects.get(name);
      if (seen === undefined) projects.set(name, new Set([project]));
      else seen.add(project);
    }
  return [...projects]
    .filter(([, seen]) => seen.size >= leastProjects)
    .map(([name]) => name)
    .sort();
}

/** "torvalds/linux" and "linux" are one project in two data sets. */
export const foldOf = (project: string, folds: number): number =>
  createHash('md5')
    .update((project.split('/').at(-1) ?? '').toLowerCase())
    .digest()[0]! % folds;

/** Lines of "feature weight" entries, the strongest first; weights that hardly matter are left out. */
export function formatWeights(weights: DirectionWeights, least = 0.03): string {
  const entries = [...weights]
    .filter(([, weight]) => Math.abs(weight) >= least)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .map(([name, weight]) => `${name} ${weight.toFixed(3)}`);
  const lines: string[] = [];
  for (const entry of entries) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + entry.length < 107)
      lines[lines.length - 1] = `${last} | ${entry}`;
    else lines.push(entry);
  }
  return lines.join('\n');
}
