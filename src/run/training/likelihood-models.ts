/** @file Opens the two models of the `likelihood` channel. They must read the tokens of the model in training. */
import { createEmbeddedEngine } from '../../engine/embedded/create.ts';
import type { TrainingEngine } from '../../engine/training-engine.ts';
import { inputError } from '../../kernel/errors.ts';
import type { AnswerLogprobs, LikelihoodModels } from '../../srcode/reward/likelihood.ts';
import { answerPart, plainDatum } from '../../srcode/rollouts.ts';
import { loadTokenizer } from '../../tokenizer/byte-level-tokenizer.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';

export interface OpenLikelihoodModels extends LikelihoodModels {
  close(): Promise<void>;
}

export async function openLikelihoodModels(
  folders: { readonly fixed: string; readonly vulnerable: string },
  tokenizer: Tokenizer,
  threads: number,
): Promise<OpenLikelihoodModels> {
  for (const folder of [folders.fixed, folders.vulnerable]) requireSameTokens(folder, tokenizer);
  const [fixed, vulnerable] = [
    await createEmbeddedEngine({ model: { folder: folders.fixed }, threads }),
    await createEmbeddedEngine({ model: { folder: folders.vulnerable }, threads }),
  ];
  return {
    fixed: logprobsUnder(fixed),
    vulnerable: logprobsUnder(vulnerable),
    async close() {
      await fixed.close();
      await vulnerable.close();
    },
  };
}

const logprobsUnder =
  (engine: TrainingEngine): AnswerLogprobs =>
  async (rollouts) => {
    const { logprobs } = await engine.forward(rollouts.map(plainDatum));
    return rollouts.map((rollout, i) => answerPart(rollout, logprobs[i]!));
  };

/** A probe is enough to tell vocabularies apart that were not trained together. */
function requireSameTokens(folder: string, tokenizer: Tokenizer): void {
  const other = loadTokenizer(folder);
  const probe = "const { execFile } = require('child_process'); // naïve";
  const same =
    other.vocabularySize === tokenizer.vocabularySize &&
    other.encode(probe).ids.join() === tokenizer.encode(probe).ids.join();
  if (!same)
    throw inputError(
      `${folder}: another vocabulary than the model in training`,
      'fine-tune both likelihood models from the same base model as the one in training',
    );
}
