/** @file The pairs and prompts of a folder made by `vul2safe build`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readAllJsonLines } from '../../data/jsonl.ts';
import { promptedPairSchema } from '../../data/prompted-pair.ts';
import { decodeRepairPair, type RepairPair } from '../../data/repair-pair.ts';
import { inputError } from '../../kernel/errors.ts';
import type { PreferenceExample } from '../../srcode/preference/preference-pair.ts';
import type { RewardPair } from '../../srcode/reward/patterns.ts';
import type { SftExample } from '../../srcode/sft/train.ts';

export async function readPairs(folder: string): Promise<RepairPair[]> {
  const file = folder.endsWith('.jsonl') ? folder : join(folder, 'pairs.jsonl');
  if (!existsSync(file))
    throw inputError(
      `no pairs in ${folder}: expected ${file}`,
      'give a folder made by `vul2safe build`, or a pairs.jsonl',
    );
  return readAllJsonLines(file, decodeRepairPair);
}

/** As the `pair` channel learns from them. */
export const readRewardPairs = async (folder: string): Promise<RewardPair[]> =>
  (await readPairs(folder)).map((pair) => ({
    id: pair.id,
    language: pair.function.language,
    vulnerable: pair.function.code,
    fixed: pair.fixedCode,
    confidence: pair.confidence,
  }));

/** One example per prompt: implicit prompt -> code of one side, with the pair's spans on that side. */
export const readSftExamples = async (
  folder: string,
  side: 'fixed' | 'vulnerable' = 'fixed',
): Promise<SftExample[]> =>
  (await readPrompted(folder)).map(({ prompt, pair }) =>
    side === 'fixed'
      ? { prompt, program: pair.fixedCode, secureSpans: pair.spans.secure }
      : { prompt, program: pair.function.code, secureSpans: pair.spans.vulnerable },
  );

/** One example per prompt: (implicit prompt, fixed, vulnerable), with the spans of both sides. */
export const readPreferenceExamples = async (folder: string): Promise<PreferenceExample[]> =>
  (await readPrompted(folder)).map(({ prompt, pair }) => ({
    prompt,
    fixed: pair.fixedCode,
    vulnerable: pair.function.code,
    secureSpans: pair.spans.secure,
    vulnerableSpans: pair.spans.vulnerable,
  }));

/** A prompt whose pair is not there is left out. */
async function readPrompted(folder: string): Promise<{ prompt: string; pair: RepairPair }[]> {
  const pairs = new Map((await readPairs(folder)).map((pair) => [pair.id, pair]));
  const prompts = await readAllJsonLines(join(folder, 'prompts.jsonl'), (value) =>
    z.parse(promptedPairSchema, value),
  );
  return prompts.flatMap(({ pairId, prompt }) => {
    const pair = pairs.get(pairId);
    return pair ? [{ prompt: prompt.text, pair }] : [];
  });
}
