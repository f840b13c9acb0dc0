/** @file Reads finished runs back from their folders: judged programs by set, the learning curve, tokens spent. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inputError } from '../../kernel/errors.ts';
import type { JudgedProgram } from '../../evaluate/arm-rates.ts';
import type { Drift } from '../training/measure-drift.ts';
import type { CurvePointOfRun, FinishedRun } from './compare.ts';
import type { AblationRun } from './plan.ts';

const readLines = (file: string): Record<string, unknown>[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    : [];

export interface RunCurves {
  readonly curve: readonly CurvePointOfRun[];
  readonly sampledTokens: number;
  readonly trainedTokens: number;
}

/** The learning curve and token counts of a run folder's event log. */
export function readCurves(folder: string): RunCurves {
  const events = readLines(join(folder, 'events.jsonl'));
  const steps = events.filter((event) => event.event === 'step-finished');
  const total = (key: string): number =>
    steps.reduce((sum, event) => sum + Number(event[key] ?? 0), 0);
  const curve = events
    .filter((event) => event.event === 'evaluation-finished')
    .map((event) => ({
      step: Number(event.step),
      functionalRate: Number(event.functionalRate),
      insecureRate: Number(event.insecureRate),
      jointRate: Number(event.jointRate),
    }));
  return { curve, sampledTokens: total('sampledTokens'), trainedTokens: total('trainedTokens') };
}

/** Set name -> programs, from a run folder's judged.jsonl. */
export function readJudged(folder: string): Map<string, JudgedProgram[]> {
  const file = join(folder, 'judged.jsonl');
  if (!existsSync(file))
    throw inputError(
      `${folder} has no judged.jsonl: the run is not finished`,
      'run the same command again to finish it',
    );
  const bySet = new Map<string, JudgedProgram[]>();
  for (const line of readLines(file)) {
    const { set, ...program } = line as unknown as JudgedProgram & { set: string };
    bySet.set(set, [...(bySet.get(set) ?? []), program]);
  }
  return bySet;
}

const readDrift = (folder: string): Drift | undefined => {
  const file = join(folder, 'drift.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Drift) : undefined;
};

export function collectRun(run: AblationRun): FinishedRun {
  const drift = readDrift(run.config.out);
  return {
    arm: run.arm,
    seed: run.seed,
    judged: readJudged(run.config.out),
    ...readCurves(run.config.out),
    ...(drift ? { drift } : {}),
  };
}
