/**
 * The idea of Vul2Safe in one file: a vulnerability record goes in, a repair pair we can believe in comes out, or a reason
 * why not. The same steps with votes, gates, logs and errors stand in src/vul2safe/reflect/loop.ts. Run by a test.
 */
import type { VulnerableFunction } from '../src/data/vulnerable-function.ts';
import type { StepAnswer, Teacher } from '../src/teacher/teacher.ts';
import { createBuildKit } from '../src/vul2safe/build/offline-kit.ts';

const verdict = <V>(answer: StepAnswer<V>): V => {
  if (!answer.ok) throw new Error(`${answer.failure}: ${answer.detail}`);
  return answer.verdict;
};

export async function reflect(record: VulnerableFunction, teacher?: Teacher) {
  const { tools, offlineTeacher } = await createBuildKit([record.language]);
  const asked = teacher ?? offlineTeacher; // any chat model fits here, see src/teacher
  const { language, code, cwe, description } = record;

  // 1. Detect, blind: the teacher does not know what the record says.
  const seen = verdict(await asked.detect({ language, code, vote: 0 }));
  if (seen.verdict === 'safe') return { kept: false, why: `not detected: ${seen.why}` } as const;

  // 2. Repair. A fix from upstream, where there is one, is a candidate like the teacher's own.
  const repair = verdict(
    await asked.repair({ language, code, cwe, description, finding: seen.why }),
  );
  const proposed = record.upstreamFix ?? repair.fixedCode;
  if (proposed === null) return { kept: false, why: repair.why } as const;
  let candidate: string = proposed;

  // 3. Reflect: a hostile reviewer accepts the candidate or hands back a better one.
  for (let round = 0; ; round++) {
    const review = verdict(
      await asked.reflect({ language, code, candidate, cwe, description, round }),
    );
    if (review.accept) break;
    if (review.revision === null || round === 2)
      return { kept: false, why: review.critique } as const;
    candidate = review.revision;
  }

  // 4. Blind comparison: without labels and in both orders, the vulnerable version must be recognised both times.
  const first = verdict(await asked.compare({ language, a: code, b: candidate }));
  const second = verdict(await asked.compare({ language, a: candidate, b: code }));
  if (first.vulnerable !== 'A' || second.vulnerable !== 'B')
    return {
      kept: false,
      why: `the fix was not recognised as the better one: ${first.why}`,
    } as const;

  // 5. Gates: what needs no opinion. Same function, really changed, parses, still works as before, nothing new and bad.
  const closed = tools.gates(record, candidate).find((gate) => !gate.passed);
  if (closed !== undefined)
    return { kept: false, why: `gate ${closed.gate}: ${closed.detail}` } as const;

  // The characters that made it vulnerable and those that make it secure: what token-level rewards are paid for.
  return { kept: true, fixedCode: candidate, spans: tools.spans(record, candidate, []) } as const;
}
