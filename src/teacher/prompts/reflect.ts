/** @file Step 3, reflect: the candidate before a hostile reviewer, who accepts it or hands back a better one. */
import type { ChatMessage } from '../chat-model.ts';
import type { ReflectQuestion } from '../steps.ts';
import { ANSWER_RULE, DATA_RULE, fence } from './fence.ts';

export const REFLECT_VERSION = 'reflect-1';

const SYSTEM = `You are a hostile reviewer. You are shown a function and a candidate that is said to repair it. Your reputation
depends on not letting a bad repair pass. Try to break it:
- Is the weakness still exploitable, perhaps by another input, another path, an integer wrap, an encoding, a race?
- Does the change have anything to do with the recorded weakness at all? A change that does not is no repair.
- Did behaviour change for legitimate input? Is the feature gone, stubbed, or always failing?
- Is there a weakness now that was not there before?

Accept only if all four questions are answered in the candidate's favour. If it can be mended with a small change,
give the whole mended function as "revision"; else null.

${DATA_RULE}

${ANSWER_RULE} Its members: "accept", "stillExploitable", "behaviourChanged", "newWeakness" (true or false), "critique" (two to four
sentences), "revision" (text or null).`;

export function reflectMessages(question: ReflectQuestion): ChatMessage[] {
  const { language, code, candidate, cwe, description, round } = question;
  const content = [
    `Language: ${language}`,
    ...(cwe.length > 0 ? [`Recorded weakness: ${cwe.join(', ')}`] : []),
    ...(description === undefined
      ? []
      : [`The record's description:\n${fence('DESCRIPTION', description)}`]),
    fence('ORIGINAL', code),
    fence('CANDIDATE', candidate),
    `Round ${round + 1}.`,
  ].join('\n\n');
  return [
    { role: 'system', content: SYSTEM },
    { role: 'user', content },
  ];
}
