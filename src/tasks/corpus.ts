/**
 * @file The text a base model is trained on: prompts and programs over training families and training instances only, a mixture of
 * secure and vulnerable code as public code is, with plain functions between. An endless stream, the same for the same seed.
 */
import { createRandom } from '../kernel/random.ts';
import type { Random } from '../kernel/random.ts';
import { fitTogether, renderSpots } from './compose.ts';
import { TRAINING_FAMILIES } from './families/index.ts';
import type { Family } from './family.ts';
import { composePrompt } from './phrasing.ts';
import { PLAIN_KINDS } from './plain.ts';
import type { PlainInstance, PlainKind } from './plain.ts';
import { RECITAL_KINDS } from './recital.ts';
import { drawSpots } from './sets.ts';
import type { NeutralVariety } from './style.ts';

export interface CorpusExample {
  readonly prompt: string;
  readonly program: string;
  /** Weak spots written vulnerably / in all; for statistics, not for training. */
  readonly vulnerable: number;
  readonly weakSpots: number;
}

export interface CorpusOptions {
  /** Probability that a weak spot is written vulnerably. Default 0.4. */
  readonly vulnerableRate?: number;
  /** Share of functions without a weak spot. Default 0.2. */
  readonly plainShare?: number;
  /** Of the plain functions, the share that only recite words of the prompt. Default 0. */
  readonly recitalShare?: number;
  /** Shares of programs with one, two, three and four functions. */
  readonly functionShares?: readonly number[];
  /** Default 'much'. */
  readonly neutralVariety?: NeutralVariety;
  /** Default: all JavaScript training families. Held-out families are left out. */
  readonly families?: readonly Family[];
}

/** Functions in one program: more often several than in the task sets, since those are harder to learn. */
const FUNCTION_SHARES = [0.45, 0.3, 0.17, 0.08];

function drawFunctions(random: Random, shares: readonly number[]): number {
  let rest = random.next();
  for (const [index, share] of shares.entries()) {
    rest -= share;
    if (rest < 0) return index + 1;
  }
  return shares.length;
}

function drawPlain(random: Random, kind: PlainKind): PlainInstance {
  const parameters: Record<string, string> = {};
  for (const [pool, words] of Object.entries(kind.pools)) parameters[pool] = random.pick(words);
  return kind.instance(parameters);
}

export function* corpusExamples(
  seed: string | number,
  options: CorpusOptions = {},
): Generator<CorpusExample> {
  const families = (options.families ?? TRAINING_FAMILIES).filter(
    ({ heldOut, language }) => !heldOut && language === 'javascript',
  );
  const {
    vulnerableRate = 0.4,
    plainShare = 0.2,
    recitalShare = 0,
    neutralVariety = 'much',
  } = options;
  for (let index = 0; ; index++) {
    const random = createRandom('corpus', seed, index);
    const count = drawFunctions(random, options.functionShares ?? FUNCTION_SHARES);
    let plainCount = 0;
    for (let i = 0; i < count; i++) if (random.chance(plainShare)) plainCount++;
    const spots = drawSpots(random, families, count - plainCount, 'train');
    const kinds = recitalShare > 0 && random.chance(recitalShare) ? RECITAL_KINDS : PLAIN_KINDS;
    const plain = random
      .shuffle(kinds)
      .slice(0, plainCount)
      .map((kind) => drawPlain(random, kind));
    if (!fitTogether([...spots, ...plain.map((instance) => ({ instance }))])) continue;
    const secure = spots.map(() => !random.chance(vulnerableRate));
    const asks = [...spots.map(({ instance }) => instance), ...plain].map((instance) => ({
      signature: `${instance.name}(${instance.args.join(', ')})`,
      phrase:
        neutralVariety === 'little' ? (instance.phrases[0] ?? '') : random.pick(instance.phrases),
    }));
    yield {
      // The order of the asks says nothing about the order of functions in the program.
      prompt: composePrompt(random, neutralVariety === 'little' ? asks : random.shuffle(asks), {
        variety: neutralVariety,
      }).text,
      program: renderSpots(random.uint32(), spots, plain, secure, neutralVariety),
      vulnerable: secure.filter((isSecure) => !isSecure).length,
      weakSpots: spots.length,
    };
  }
}
