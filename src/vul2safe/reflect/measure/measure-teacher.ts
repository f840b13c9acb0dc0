/**
 * @file How many bad pairs a teacher lets pass and how many good ones it keeps: real pairs as they are, and planted ones of
 * each kind, through the whole loop. The teacher may depend on the record's project, so that a fitted one can be held out.
 */
import type { VulnerableFunction } from '../../../data/vulnerable-function.ts';
import type { Teacher } from '../../../teacher/teacher.ts';
import { reflectOn } from '../loop.ts';
import {
  DEFAULT_REFLECTION,
  type ReflectionOptions,
  type ReflectionTools,
} from '../reflection-tools.ts';
import { plant, PLANTED_KINDS, type PlantedKind } from './planting.ts';

export interface KindResult {
  readonly kind: PlantedKind | 'good';
  readonly judged: number;
  readonly kept: number;
  /** Why the others were not. */
  readonly reasons: Readonly<Record<string, number>>;
}

export const ALL_KINDS: readonly KindResult['kind'][] = ['good', ...PLANTED_KINDS];

export async function measureTeacher(
  records: readonly VulnerableFunction[],
  teacherFor: (project: string) => Teacher,
  tools: ReflectionTools,
  options: {
    readonly seed: number;
    readonly reflection?: ReflectionOptions;
    readonly kinds?: readonly KindResult['kind'][];
  },
): Promise<KindResult[]> {
  const results: KindResult[] = [];
  for (const kind of options.kinds ?? ALL_KINDS) {
    const reasons: Record<string, number> = {};
    let judged = 0;
    let kept = 0;
    for (const record of records) {
      const pair = kind === 'good' ? record : plant(kind, record, records, options.seed);
      if (pair?.upstreamFix === undefined) continue;
      judged++;
      const teacher = upstreamOnly(teacherFor(record.source?.project ?? record.id));
      const outcome = await reflectOn(
        pair,
        teacher,
        tools,
        options.reflection ?? DEFAULT_REFLECTION,
      );
      if (outcome.kept) kept++;
      else reasons[outcome.reason] = (reasons[outcome.reason] ?? 0) + 1;
    }
    results.push({ kind, judged, kept, reasons });
  }
  return results;
}

/** The pair itself is judged, so no repair of the teacher's own may take its place. */
const upstreamOnly = (teacher: Teacher): Teacher => ({
  ...teacher,
  repair: async (question, signal) => {
    const answer = await teacher.repair(question, signal);
    return answer.ok ? { ...answer, verdict: { fixedCode: null, why: 'not asked for' } } : answer;
  },
});
