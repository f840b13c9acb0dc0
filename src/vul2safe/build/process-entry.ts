/** @file One curated record through reflection and prompting, into the lines that are committed for it. */
import { encodeRepairPair, type ReflectionStep } from '../../data/repair-pair.ts';
import { encodeVulnerableFunction } from '../../data/vulnerable-function.ts';
import { messageOf, Vul2SafeError } from '../../kernel/errors.ts';
import type { Teacher } from '../../teacher/teacher.ts';
import { writePrompts } from '../prompts/write-prompts.ts';
import { reflectOn } from '../reflect/loop.ts';
import type { ReflectionTools } from '../reflect/reflection-tools.ts';
import type { BuildOptions } from './build-options.ts';
import type { CuratedEntry } from './curate-entries.ts';
import type { CommittedRecord } from './output.ts';

export interface ProcessContext {
  readonly teacher: Teacher;
  readonly tools: ReflectionTools;
  readonly options: Pick<BuildOptions, 'reflection' | 'prompts'>;
  readonly signal: AbortSignal | undefined;
}

const NOTHING = { prompts: 0, inputTokens: 0, outputTokens: 0, costUsd: 0 };

export async function processEntry(
  entry: CuratedEntry,
  context: ProcessContext,
): Promise<CommittedRecord> {
  if (!entry.ok) {
    const { id, reason, detail, record, raw } = entry;
    const rejected = {
      id,
      reason,
      detail,
      ...(raw === undefined ? {} : { raw }),
      ...functionOf(record),
    };
    return {
      lines: { rejected: [rejected] },
      summary: { id, reason, cwe: record?.cwe ?? [], ...NOTHING },
    };
  }
  try {
    return await reflectAndPrompt(entry, context);
  } catch (thrown) {
    // A wrong key or an interruption concerns the run; anything else concerns this record alone.
    if (Vul2SafeError.isInstance(thrown) || context.signal?.aborted) throw thrown;
    const { id, record } = entry;
    const detail = `processing failed: ${messageOf(thrown)}`;
    return {
      lines: { rejected: [{ id, reason: 'internal-error', detail, ...functionOf(record) }] },
      summary: { id, reason: 'internal-error', stage: 'curated', cwe: record.cwe, ...NOTHING },
    };
  }
}

const functionOf = (record: CuratedEntry['record']): object =>
  record === undefined ? {} : { function: encodeVulnerableFunction(record) };

async function reflectAndPrompt(
  { id, record }: Extract<CuratedEntry, { ok: true }>,
  { teacher, tools, options, signal }: ProcessContext,
): Promise<CommittedRecord> {
  const outcome = await reflectOn(record, teacher, tools, options.reflection, signal);
  if (!outcome.kept) {
    const { reason, detail, stage, reflection, gates, fixedCode, confidence } = outcome;
    const known = {
      ...(confidence === undefined ? {} : { confidence }),
      ...(fixedCode === undefined || fixedCode === record.upstreamFix ? {} : { fixedCode }),
    };
    return {
      lines: {
        rejected: [
          { id, reason, detail, stage, ...known, ...functionOf(record), gates, reflection },
        ],
      },
      summary: {
        id,
        reason,
        stage,
        cwe: record.cwe,
        prompts: 0,
        ...(confidence === undefined ? {} : { confidence }),
        ...costOf(reflection),
      },
    };
  }
  const written = await writePrompts(outcome.pair, teacher, options.prompts, signal);
  const pair = { ...outcome.pair, reflection: [...outcome.pair.reflection, written.step] };
  return {
    lines: { pairs: [encodeRepairPair(pair)], prompts: written.prompts },
    summary: {
      id,
      stage: 'kept',
      cwe: record.cwe,
      confidence: pair.confidence,
      prompts: written.prompts.length,
      promptsDropped: written.dropped,
      ...costOf(pair.reflection),
    },
  };
}

function costOf(steps: readonly ReflectionStep[]): {
  inputTokens: number;
  outputTokens: number;
  costUsd: number;
} {
  let inputTokens = 0;
  let outputTokens = 0;
  let costUsd = 0;
  for (const step of steps) {
    inputTokens += step.inputTokens;
    outputTokens += step.outputTokens;
    costUsd += step.costUsd;
  }
  return { inputTokens, outputTokens, costUsd };
}
