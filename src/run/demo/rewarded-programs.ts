/** @file Judged programs with the reward each of their tokens would earn, for the report. */
import { createEmbeddedAnalyzer } from '../../analyzers/embedded/analyzer.ts';
import type { Task } from '../../data/task.ts';
import type { JudgedProgram } from '../../evaluate/arm-rates.ts';
import { explainTokens, type ProgramView } from '../../evaluate/report.ts';
import { createEnvironment } from '../../srcode/environment.ts';
import { createRewarder } from '../../srcode/reward/rewarder.ts';
import { loadTokenizer } from '../../tokenizer/byte-level-tokenizer.ts';
import { BASE_MODEL } from '../training/open-model.ts';
import { readPairs } from '../training/read-pairs.ts';
import { openSandboxes, limitsFor } from '../training/sandboxes.ts';

export interface LabelledPrograms {
  readonly label: string;
  readonly programs: readonly JudgedProgram[];
}

const TONES = {
  secure: 'good',
  insecure: 'bad',
  wrong: 'warn',
  broken: 'warn',
  'not-judged': 'neutral',
} as const;

export async function rewardedPrograms(
  pairsFolder: string,
  groups: readonly LabelledPrograms[],
  taskOf: ReadonlyMap<string, Task>,
): Promise<ProgramView[]> {
  const analyzer = await createEmbeddedAnalyzer(['javascript']);
  const tokenizer = loadTokenizer(BASE_MODEL);
  const pairs = await readPairs(pairsFolder);
  const rewarder = createRewarder({
    pairs: pairs.map((pair) => ({
      id: pair.id,
      language: pair.function.language,
      vulnerable: pair.function.code,
      fixed: pair.fixedCode,
    })),
  });
  const sandboxes = openSandboxes();
  try {
    const flat = groups.flatMap(({ label, programs }) =>
      programs.map((judged) => ({ label, judged, task: taskOf.get(judged.taskId)! })),
    );
    const environment = createEnvironment({
      sandboxFor: sandboxes.sandboxFor,
      analyze: analyzer.analyzeSync,
      limitsFor,
    });
    const judgements = await environment.judge(
      flat.map(({ judged, task }) => ({ task, program: judged.program })),
    );
    const batch = flat.map(({ judged, task }, i) => {
      const { ids, ranges } = tokenizer.encode(judged.program);
      const end = judged.program.length;
      const rollout = {
        taskId: task.id,
        promptTokens: [],
        tokens: [...ids, tokenizer.endOfTextId],
        logprobs: [],
        text: judged.program,
        tokenRanges: [...ranges, { start: end, end }],
        finishReason: 'stop' as const,
      };
      return { task, rollout, ...judgements[i]! };
    });
    const rewarded = await rewarder.rewardPrograms(batch);
    return flat.map(
      ({ label, judged, task }, i): ProgramView => ({
        title: `${label}: ${judged.families.join(' + ')}`,
        badges: [
          { text: judged.outcome, tone: TONES[judged.outcome as keyof typeof TONES] ?? 'neutral' },
          ...judged.cwe.map((cwe) => ({ text: cwe, tone: 'neutral' as const })),
        ],
        prompt: task.prompt.text,
        code: judged.program,
        tokens: explainTokens(batch[i]!.rollout.tokenRanges, rewarded[i]!.tokens),
        note: judged.detail,
      }),
    );
  } finally {
    await sandboxes.close();
  }
}
