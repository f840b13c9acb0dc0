/**
 * @file The four checks of an implicit prompt. leak: no word on security, no token that occurs only in the fix. grounded:
 * it names what must be written. atRisk: the natural solution touches the weak spot, because the prompt shows or names
 * something of it. diverse: it is not nearly a repetition of another prompt (diversity.ts). A prompt that fails is dropped.
 */
import type { ImplicitPrompt } from '../../data/prompted-pair.ts';
import { wordsIn, type PromptFacts } from './facts.ts';
import { securityWordIn } from './security-words.ts';

export type PromptCheck = 'leak' | 'grounded' | 'diverse' | 'at-risk';

/** The first check that fails among those that need no other prompt; undefined when all pass. */
export function failedCheck(
  prompt: Pick<ImplicitPrompt, 'text'>,
  facts: PromptFacts,
): { check: PromptCheck; detail: string } | undefined {
  const said = securityWordIn(prompt.text);
  if (said !== undefined) return { check: 'leak', detail: `it says "${said.trim()}"` };
  const words = new Set(wordsIn(prompt.text));
  for (const word of words)
    if (facts.fixOnly.has(word))
      return { check: 'leak', detail: `"${word}" occurs only in the fix` };
  const named = facts.name === '' || prompt.text.includes(facts.name.split('::').at(-1)!);
  const missing = facts.parameters.find((parameter) => !prompt.text.includes(parameter));
  if (!named) return { check: 'grounded', detail: `it does not name ${facts.name}` };
  if (missing !== undefined) return { check: 'grounded', detail: `it does not name ${missing}` };
  const touches =
    facts.parameters.length > 0 ||
    [...words].some((word) => facts.weakSpot.has(word)) ||
    (facts.name !== '' && named);
  return touches ? undefined : { check: 'at-risk', detail: 'it names nothing of the changed spot' };
}
