/** @file A stage of the demo: done once, its result kept; a killed demo, started again, goes on with the first stage not done. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';

interface Kept<T> {
  readonly result: T;
  readonly seconds: number;
}

export interface StageRunner {
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Seconds of work over all stages, those of earlier processes included. */
  totalSeconds(): number;
}

export function createStageRunner(folder: string): StageRunner {
  let total = 0;
  return {
    async run<T>(name: string, work: () => Promise<T>): Promise<T> {
      const file = join(folder, 'stages', `${name}.json`);
      if (existsSync(file)) {
        const kept = JSON.parse(readFileSync(file, 'utf8')) as Kept<T>;
        total += kept.seconds;
        return kept.result;
      }
      const started = performance.now();
      const result = await work();
      const seconds = (performance.now() - started) / 1000;
      total += seconds;
      writeFileAtomic(file, JSON.stringify({ result, seconds }));
      return result;
    },
    totalSeconds: () => total,
  };
}
