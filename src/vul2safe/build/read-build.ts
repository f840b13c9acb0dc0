/** @file A build folder read again: its statistics, and the whole story of one record, kept or rejected. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readJsonLines } from '../../data/jsonl.ts';
import { gateResultSchema, reflectionStepSchema, spanSchema } from '../../data/repair-pair.ts';
import { vulnerableFunctionSchema } from '../../data/vulnerable-function.ts';
import { promptedPairSchema } from '../../data/prompted-pair.ts';
import { inputError } from '../../kernel/errors.ts';
import { createStatsCounter, type BuildStats } from './build-stats.ts';
import { journalEntrySchema } from './journal-entry.ts';
import { journalPath, outputPath } from './output.ts';

/** What stands in pairs.jsonl and in rejected.jsonl, in one shape; offsets are code points. */
export const storySchema = z.object({
  id: z.string(),
  reason: z.string().optional(),
  detail: z.string().optional(),
  stage: z.string().optional(),
  confidence: z.number().optional(),
  origin: z.string().optional(),
  teacher: z.string().optional(),
  function: vulnerableFunctionSchema.optional(),
  fixedCode: z.string().optional(),
  spans: z.object({ vulnerable: z.array(spanSchema), secure: z.array(spanSchema) }).optional(),
  gates: z.array(gateResultSchema).default([]),
  reflection: z.array(reflectionStepSchema).default([]),
  raw: z.string().optional(),
});
export type Story = Readonly<z.infer<typeof storySchema>> & {
  readonly prompts: readonly { readonly style: string; readonly text: string }[];
};

export function assertBuildFolder(directory: string): void {
  if (existsSync(journalPath(directory))) return;
  throw inputError(
    `${directory} is no build folder: it has no journal.jsonl`,
    'give the folder that was named with `vul2safe build -o`',
  );
}

/** From the journal, so an unfinished build has figures, too. */
export async function readBuildStats(directory: string): Promise<BuildStats> {
  assertBuildFolder(directory);
  const identity = join(directory, 'build.json');
  const teacher = existsSync(identity)
    ? String((JSON.parse(readFileSync(identity, 'utf8')) as { teacher?: unknown }).teacher)
    : 'unknown';
  const counter = createStatsCounter(teacher);
  for await (const line of readJsonLines(journalPath(directory))) {
    const entry = line.ok ? journalEntrySchema.safeParse(line.value) : undefined;
    if (entry?.success) counter.add(entry.data);
  }
  return counter.stats();
}

/** By the record's id, its id in its own data set, or the pair's; throws an input error when there is none. */
export async function readStory(directory: string, id: string): Promise<Story> {
  assertBuildFolder(directory);
  for (const file of ['pairs', 'rejected'] as const) {
    for await (const line of readJsonLines(outputPath(directory, file))) {
      if (!line.ok || !line.raw.includes(id)) continue;
      const story = storySchema.safeParse(line.value);
      if (!story.success) continue;
      const record = story.data.function;
      if (![story.data.id, record?.id, record?.source?.recordId].includes(id)) continue;
      return {
        ...story.data,
        prompts: file === 'pairs' ? await promptsOf(directory, story.data.id) : [],
      };
    }
  }
  throw inputError(
    `no record ${id} in ${directory}`,
    'ids stand in pairs.jsonl and rejected.jsonl',
  );
}

/** The first stories of the folder, half kept and half rejected where there are both. */
export async function readStories(directory: string, count: number): Promise<Story[]> {
  const stories: Story[] = [];
  for (const [file, limit] of [
    ['pairs', Math.ceil(count / 2)],
    ['rejected', count],
  ] as const) {
    for await (const line of readJsonLines(outputPath(directory, file))) {
      if (stories.length >= limit) break;
      const story = line.ok ? storySchema.safeParse(line.value) : undefined;
      if (!story?.success || story.data.function === undefined) continue;
      const prompts = file === 'pairs' ? await promptsOf(directory, story.data.id) : [];
      stories.push({ ...story.data, prompts });
    }
  }
  return stories;
}

async function promptsOf(directory: string, pairId: string): Promise<Story['prompts']> {
  const prompts: { style: string; text: string }[] = [];
  for await (const line of readJsonLines(outputPath(directory, 'prompts'))) {
    const prompted = line.ok ? promptedPairSchema.safeParse(line.value) : undefined;
    if (prompted?.success && prompted.data.pairId === pairId) prompts.push(prompted.data.prompt);
  }
  return prompts;
}
