/** @file The demo's page: what came out, how it was learnt, pairs with their reflection history, programs with every token's reward. */
import { join } from 'node:path';
import { z } from 'zod';
import { readAllJsonLines } from '../../data/jsonl.ts';
import { promptedPairSchema } from '../../data/prompted-pair.ts';
import type { Task } from '../../data/task.ts';
import type { JudgedProgram } from '../../evaluate/arm-rates.ts';
import { ratesOf } from '../../evaluate/arm-rates.ts';
import {
  type Cell,
  pairStory,
  percent,
  renderReport,
  type ReportSection,
  type TableSection,
} from '../../evaluate/report.ts';
import type { BuildStats } from '../../vul2safe/build/build-stats.ts';
import { readCurves } from '../ablate/collect.ts';
import { armCurves } from '../ablate/compare.ts';
import { curveSection } from '../ablate/report.ts';
import { codeVersion } from '../code-version.ts';
import { readPairs } from '../training/read-pairs.ts';
import type { DemoFolders } from './folders.ts';
import type { DemoPlan } from './plan.ts';
import { rewardedPrograms } from './rewarded-programs.ts';
import { type ArmName, type ArmSummary, type DemoSummary, INSTANCES } from './summary.ts';

const ARM_TEXT: Readonly<Record<ArmName, string>> = {
  base: 'base model',
  sft: 'fine-tuned on PrimeVul+',
  instance: 'fine-tuned + RL, instance reward',
  token: 'fine-tuned + RL, token reward',
};

type Rate = ArmSummary['functionalRate'];

const cell = ({ value, low, high }: Rate, n: number): Cell => ({ value, low, high, n, tasks: n });

export function armTable(summary: DemoSummary, which: 'instances' | 'families'): TableSection {
  return {
    kind: 'table',
    heading: which === 'instances' ? 'Held-out instances' : 'Held-out families',
    note:
      which === 'instances'
        ? 'New tasks of the families seen in training. Insecure: share of the working programs on which at least one attack succeeds.'
        : 'Families that no stage of any training has seen: does the habit transfer?',
    columns: [
      { label: 'arm' },
      { label: 'programs' },
      { label: 'functional', better: 'higher' },
      { label: 'insecure', better: 'lower' },
      { label: 'works and secure', better: 'higher' },
    ],
    rows: summary.arms.map((arm): Cell[] => {
      const rates = which === 'instances' ? arm : arm.heldOutFamilies;
      const working = Math.round(rates.programs * rates.functionalRate.value);
      return [
        ARM_TEXT[arm.name],
        rates.programs,
        cell(rates.functionalRate, rates.programs),
        cell(rates.insecureRate, working),
        cell(rates.jointRate, rates.programs),
      ];
    }),
  };
}

export interface DemoReportInput {
  readonly plan: DemoPlan;
  readonly summary: DemoSummary;
  readonly folders: DemoFolders;
  readonly judged: ReadonlyMap<ArmName, ReadonlyMap<string, readonly JudgedProgram[]>>;
  readonly data: BuildStats;
  /** The tasks of the held-out instances. */
  readonly tasks: readonly Task[];
}

export async function demoReport({
  plan,
  summary,
  folders,
  judged,
  data,
  tasks,
}: DemoReportInput): Promise<string> {
  const arm = (name: ArmName): ArmSummary => summary.arms.find((one) => one.name === name)!;
  const instances = (name: ArmName): readonly JudgedProgram[] => judged.get(name)!.get(INSTANCES)!;
  const sections: ReportSection[] = [
    {
      kind: 'headlines',
      figures: [
        {
          label: 'insecure before',
          value: percent(arm('base').insecureRate.value),
          note: 'of the base model’s working programs',
          tone: 'bad',
        },
        {
          label: 'insecure after, instance reward',
          value: percent(arm('instance').insecureRate.value),
          tone: 'neutral',
        },
        {
          label: 'insecure after, token reward',
          value: percent(arm('token').insecureRate.value),
          tone: 'good',
        },
        {
          label: 'functional, token reward',
          value: percent(arm('token').functionalRate.value),
          note: `base model ${percent(arm('base').functionalRate.value)}`,
          tone: 'neutral',
        },
        {
          label: 'pairs in PrimeVul+',
          value: String(data.pairs),
          note: `of ${data.in} records, ${data.prompts} implicit prompts`,
          tone: 'neutral',
        },
      ],
    },
    {
      kind: 'text',
      heading: 'Which reward did better',
      paragraphs: [
        summary.verdict,
        'Both arms start from the same fine-tuned model and sample the same number of programs. They were rewarded by rules and functional tests; the figures here come from exploit tests that no training has run.',
      ],
    },
    armTable(summary, 'instances'),
    armTable(summary, 'families'),
    curves(folders, plan.seed),
    byGroup('Insecure rate by weakness', (program) => program.cwe, instances),
    byGroup(
      'Insecure rate by number of weak spots',
      (program) => [`k = ${program.weakSpots}`],
      instances,
    ),
    {
      kind: 'programs',
      heading: 'What the models write now, and what each token earned',
      note: 'First programs of the held-out set, before and after training. Green tokens earned a reward, red ones a penalty; point at one for the reason.',
      programs: await rewardedPrograms(
        folders.data,
        [
          { label: 'base model', programs: instances('base').slice(0, 12) },
          { label: 'token reward', programs: instances('token').slice(0, 12) },
        ],
        new Map(tasks.map((task) => [task.id, task])),
      ),
    },
    await pairSection(folders.data, data),
  ];
  return renderReport(sections, {
    title: 'Vul2Safe: the whole loop',
    lead: 'A small code model that writes vulnerable programs about as often as secure ones is fine-tuned on PrimeVul+, then trained by reinforcement learning with instance-level and with token-level reward. Every rate comes from running what it writes.',
    facts: [
      { label: 'seed', value: String(summary.seed) },
      {
        label: 'model',
        value: `${(summary.model.parameters / 1e6).toFixed(1)}M parameters, vocabulary ${summary.model.vocabulary}`,
      },
      { label: 'work', value: `${summary.wallSeconds} s` },
      { label: 'version', value: codeVersion() },
    ],
  });
}

function curves(folders: DemoFolders, seed: number): ReportSection {
  const runs = (['instance', 'token'] as const).map((arm) => ({
    arm,
    seed,
    judged: new Map(),
    ...readCurves(folders.arm(arm)),
  }));
  const section = curveSection(armCurves(runs, seed), 'How it was learnt');
  return section.kind === 'chart'
    ? {
        ...section,
        note: 'On validation tasks along the way, judged by execution; one training seed.',
      }
    : section;
}

function byGroup(
  heading: string,
  groups: (program: JudgedProgram) => readonly string[],
  programsOf: (arm: ArmName) => readonly JudgedProgram[],
): TableSection {
  const arms: readonly ArmName[] = ['base', 'sft', 'instance', 'token'];
  const names = [...new Set(programsOf('base').flatMap(groups))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );
  return {
    kind: 'table',
    heading,
    columns: [
      { label: '' },
      ...arms.map((arm) => ({ label: ARM_TEXT[arm], better: 'lower' as const })),
    ],
    rows: names.map((name): Cell[] => [
      name,
      ...arms.map(
        (arm) =>
          ratesOf(
            programsOf(arm).filter((program) => groups(program).includes(name)),
            5,
          ).insecureRate,
      ),
    ]),
  };
}

async function pairSection(folder: string, data: BuildStats): Promise<ReportSection> {
  const pairs = await readPairs(folder);
  const prompts = await readAllJsonLines(join(folder, 'prompts.jsonl'), (value) =>
    z.parse(promptedPairSchema, value),
  );
  const step = Math.max(1, Math.floor(pairs.length / 6));
  const shown = pairs.filter((_, i) => i % step === 0).slice(0, 6);
  const rejected =
    Object.entries(data.rejected)
      .map(([reason, count]) => `${count} ${reason}`)
      .join(', ') || 'none';
  return {
    kind: 'pairs',
    heading: 'Pairs of PrimeVul+',
    note: `${data.in} vulnerable functions in, ${data.pairs} pairs out; rejected: ${rejected}. Offline teacher: analyzers detect, rewrites or the upstream fix repair, gates decide.`,
    pairs: shown.map((pair) =>
      pairStory(
        pair,
        prompts.filter((prompt) => prompt.pairId === pair.id),
      ),
    ),
  };
}
