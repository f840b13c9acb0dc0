/** @file Step 2, repair: the smallest change that removes the weakness and keeps the behaviour. */
import type { ChatMessage } from '../chat-model.ts';
import type { RepairQuestion } from '../steps.ts';
import { ANSWER_RULE, DATA_RULE, fence } from './fence.ts';

export const REPAIR_VERSION = 'repair-1';

const SYSTEM = `You repair one weakness in one function, as a careful maintainer would.

Rules:
- Make the smallest change that removes the weakness. Keep the name, the parameters, the result for legitimate input,
  the formatting and the comments of everything you do not need to touch.
- Do not remove or disable the feature, do not replace it by an error for everything.
- Add no weakness and no dependency that the surrounding project may not have.
- Add no comment that speaks of security, of a fix, or of a CVE.
- Return the whole function, not a patch. If you cannot repair it from what you see, return null.

${DATA_RULE}

${ANSWER_RULE} Its members: "fixedCode" (text or null), "why" (two sentences: what was wrong, what the change does).`;

export function repairMessages(question: RepairQuestion): ChatMessage[] {
  const { language, code, cwe, description, finding } = question;
  const known = [
    ...(cwe.length > 0 ? [`Recorded weakness: ${cwe.join(', ')}`] : []),
    ...(finding === undefined ? [] : [`A reviewer's remark:\n${fence('REMARK', finding)}`]),
    ...(description === undefined
      ? []
      : [`The record's description:\n${fence('DESCRIPTION', description)}`]),
  ];
  const content = [`Language: ${language}`, ...known, fence('CODE', code)].join('\n\n');
  return [
    { role: 'system', content: SYSTEM },
    { role: 'user', content },
  ];
}
