/**
 * @file Channel `contrast` (ours): within the answers to one prompt, an insecure one is laid beside its nearest secure sibling;
 * the tokens in which they differ carry the penalty and the credit. It needs no reference pair. Names of locals do not count
 * as differences, and siblings that share too little say nothing about where the weakness lies.
 */
import { diffSequences, type Hunk } from '../../code/diff.ts';
import { renamedTexts } from '../../code/normalise.ts';
import type { Range } from '../../data/offsets.ts';
import type { Attribution } from '../../data/token-rewards.ts';
import { groupsOf, type ProgramContext, type RewardChannel } from './channel.ts';

/** Differing share of both programs above which they are no siblings. */
const MOST_DIFFERENT = 0.5;

export const contrastChannel: RewardChannel = {
  name: 'contrast',
  attribute(batch) {
    const out: Attribution[][] = batch.map(() => []);
    const texts = batch.map((context) =>
      renamedTexts(context.task.language, context.lexemes, context.locals),
    );
    for (const group of groupsOf(batch)) {
      const able = group.filter((index) => batch[index]!.standing.fault === undefined);
      const insecure = able.filter((index) => securityOf(batch[index]!) === false);
      const secure = able.filter((index) => securityOf(batch[index]!) === true);
      const credited = new Set<number>();
      for (const index of insecure) {
        const nearest = nearestOf(index, secure, texts);
        if (nearest === undefined) continue;
        const { sibling, hunks } = nearest;
        out[index]!.push(
          ...attributions(
            batch[index]!,
            hunks.map((h) => h.before),
            -1,
            'vulnerable',
          ),
        );
        if (credited.has(sibling)) continue;
        credited.add(sibling);
        out[sibling]!.push(
          ...attributions(
            batch[sibling]!,
            hunks.map((h) => h.after),
            1,
            'secure',
          ),
        );
      }
    }
    return out;
  },
};

/** True: analysed without finding; false: with one; undefined: unknown, which is never "secure". */
const securityOf = ({ analysis }: ProgramContext): boolean | undefined =>
  analysis.status === 'analysed' ? analysis.findings.length === 0 : undefined;

function nearestOf(
  index: number,
  candidates: readonly number[],
  texts: readonly (readonly string[])[],
): { sibling: number; hunks: Hunk[] } | undefined {
  let best: { sibling: number; hunks: Hunk[]; distance: number } | undefined;
  for (const sibling of candidates) {
    const hunks = diffSequences(texts[index]!, texts[sibling]!);
    const edits = hunks.reduce(
      (sum, { before, after }) => sum + before.end - before.start + after.end - after.start,
      0,
    );
    const distance = edits / Math.max(1, texts[index]!.length + texts[sibling]!.length);
    if (distance <= MOST_DIFFERENT && (best === undefined || distance < best.distance))
      best = { sibling, hunks, distance };
  }
  return best;
}

/** The amount is shared among the differing stretches by their lexemes. */
function attributions(
  context: ProgramContext,
  ranges: readonly Range[],
  amount: number,
  side: 'vulnerable' | 'secure',
): Attribution[] {
  const stretches = ranges.filter(({ start, end }) => end > start);
  const total = stretches.reduce((sum, { start, end }) => sum + end - start, 0);
  return stretches.map(({ start, end }) => ({
    start: context.lexemes[start]!.start,
    end: context.lexemes[end - 1]!.end,
    channel: 'contrast',
    rule: `contrast:${side}:${start}`,
    amount: (amount * (end - start)) / total,
    why:
      side === 'secure'
        ? 'an insecure answer to the same prompt differs here'
        : 'a secure answer to the same prompt differs here',
  }));
}
