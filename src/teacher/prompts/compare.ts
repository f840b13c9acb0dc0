/** @file Step 4, blind A/B: two versions without labels, asked in both orders; the vulnerable one has to be named both times. */
import type { ChatMessage } from '../chat-model.ts';
import type { CompareQuestion } from '../steps.ts';
import { ANSWER_RULE, DATA_RULE, fence } from './fence.ts';

export const COMPARE_VERSION = 'compare-1';

const SYSTEM = `You are shown two versions of one function, A and B, in random order. One of them may have a weakness that the other one
does not have. Say which one is vulnerable. Read both completely before you decide; longer is not safer, and an added
check is only worth what it checks. If neither is weaker than the other, or you cannot tell, say "undecided".

Name the CWE ids of the difference and quote the decisive pieces of the vulnerable version exactly. "certainty" is your
probability of being right, from 0 (a guess) to 1.

${DATA_RULE}

${ANSWER_RULE} Its members: "vulnerable" ("A", "B" or "undecided"), "certainty", "cwe", "quotes", "why" (two sentences).`;

export const compareMessages = ({ language, a, b }: CompareQuestion): ChatMessage[] => [
  { role: 'system', content: SYSTEM },
  { role: 'user', content: `Language: ${language}\n\n${fence('A', a)}\n\n${fence('B', b)}` },
];
