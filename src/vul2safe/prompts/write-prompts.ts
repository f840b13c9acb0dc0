/**
 * @file Prompts for one kept pair: asks the teacher for some styles, checks what comes back, keeps what passes. The styles
 * and their order depend on the pair's id alone, so that every style is used over the set.
 */
import { contentHash } from '../../kernel/content-hash.ts';
import { createRandom } from '../../kernel/random.ts';
import {
  promptStyleSchema,
  type PromptedPair,
  type PromptStyle,
} from '../../data/prompted-pair.ts';
import type { ReflectionStep, RepairPair } from '../../data/repair-pair.ts';
import type { Teacher } from '../../teacher/teacher.ts';
import { failedCheck, type PromptCheck } from './checks.ts';
import { createNoveltyGate } from './diversity.ts';
import { collectFacts } from './facts.ts';

export interface PromptOptions {
  /** Prompts wanted per pair; at most the number of styles. */
  readonly perPair: number;
  readonly seed: string | number;
}

export const DEFAULT_PROMPTS: PromptOptions = { perPair: 5, seed: 0 };

export interface WrittenForPair {
  readonly prompts: readonly PromptedPair[];
  /** How many were dropped, by the check that failed. */
  readonly dropped: Readonly<Partial<Record<PromptCheck | 'teacher', number>>>;
  readonly step: ReflectionStep;
}

/** Within one pair less than this share of new 4-grams is a repetition. Code that all of them show is not counted twice. */
const MINIMUM_NOVELTY = 0.2;

export async function writePrompts(
  pair: RepairPair,
  teacher: Teacher,
  options: PromptOptions = DEFAULT_PROMPTS,
  signal?: AbortSignal,
): Promise<WrittenForPair> {
  const { language, code, description } = pair.function;
  const styles = stylesFor(pair.id, options);
  const seed = `${options.seed}:${pair.id}`;
  const question = { language, code, fixedCode: pair.fixedCode, description, styles, seed };
  const answer = await teacher.writePrompts(question, signal);
  const dropped: Partial<Record<PromptCheck | 'teacher', number>> = {};
  const drop = (check: PromptCheck | 'teacher'): void => {
    dropped[check] = (dropped[check] ?? 0) + 1;
  };
  const prompts: PromptedPair[] = [];
  const novelty = createNoveltyGate(MINIMUM_NOVELTY);
  if (answer.ok) {
    const facts = collectFacts(language, code, pair.fixedCode, description);
    for (const { style, text } of answer.verdict.prompts.slice(0, styles.length)) {
      const failed = failedCheck({ text }, facts);
      if (failed !== undefined) {
        drop(failed.check);
        continue;
      }
      if (!novelty.take(text)) {
        drop('diverse');
        continue;
      }
      prompts.push({
        id: contentHash({ pair: pair.id, style, text }, 16),
        pairId: pair.id,
        prompt: { style, text, language },
        checks: { leak: true, grounded: true, diverse: true, atRisk: true },
      });
    }
  } else drop('teacher');
  const step: ReflectionStep = {
    step: 'prompt',
    teacher: teacher.name,
    ...answer.cost,
    verdict: answer.ok
      ? { written: answer.verdict.prompts.length, kept: prompts.length, dropped }
      : { failure: answer.failure, detail: answer.detail },
  };
  return { prompts, dropped, step };
}

export function stylesFor(pairId: string, options: PromptOptions): PromptStyle[] {
  const styles = createRandom('prompt-styles', options.seed, pairId).shuffle(
    promptStyleSchema.options,
  );
  return styles.slice(0, Math.max(0, Math.min(options.perPair, styles.length)));
}
