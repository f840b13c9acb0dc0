/** @file Step 1, detect: blind to the record's label. Asked k times with some temperature; the votes are counted. */
import type { ChatMessage } from '../chat-model.ts';
import type { DetectQuestion } from '../steps.ts';
import { ANSWER_RULE, DATA_RULE, fence } from './fence.ts';

export const DETECT_VERSION = 'detect-1';

const SYSTEM = `You review single functions for exploitable weaknesses, as an experienced application-security engineer would.
You see one function without its callers. Many functions you are shown are fine, many are not; there is no quota.

Decide:
- "vulnerable": an input that a caller or an attacker can plausibly control makes this function violate security
  (memory safety, injection, access, disclosure, denial of service ...), and you can point at the lines.
- "safe": you looked for it and the function itself handles what it is given.
- "unknown": it depends on code you cannot see.

For "vulnerable" name the CWE ids, the 1-based line numbers, and quote the decisive pieces of code exactly as they
stand. Explain in two or three sentences: source, path, effect. Style and robustness remarks do not count.

${DATA_RULE}

${ANSWER_RULE} Its members: "verdict", "cwe" (e.g. ["CWE-125"]), "lines", "quotes", "why".`;

export const detectMessages = ({ language, code }: DetectQuestion): ChatMessage[] => [
  { role: 'system', content: SYSTEM },
  { role: 'user', content: `Language: ${language}\n\n${fence('CODE', code)}` },
];
