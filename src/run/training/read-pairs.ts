/** @file The pairs and prompts of a folder made by `vul2safe build`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readAllJsonLines } from '../../data/jsonl.ts';
import { promptedPairSchema } from '../../data/prompted-pair.ts';
import { decodeRepairPair, type RepairPair } from '../../data/repair-pair.ts';
import { inputError } from '../../kernel/errors.ts';
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

/** One example per prompt: implicit prompt -> fixed code, with the pair's secure spans. */
export async function readSftExamples(folder: string): Promise<SftExample[]> {
  const pairs = new Map((await readPairs(folder)).map((pair) => [pair.id, pair]));
  const prompts = await readAllJsonLines(join(folder, 'prompts.jsonl'), (value) =>
    z.parse(promptedPairSchema, value),
  );
  return prompts.flatMap(({ pairId, prompt }) => {
    const pair = pairs.get(pairId);
    return pair
      ? [{ prompt: prompt.text, program: pair.fixedCode, secureSpans: pair.spans.secure }]
      : [];
  });
}
