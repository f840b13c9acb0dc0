/** @file The real tools of the reflection loop: gates on real code tools, spans, cleaning, CWE families. */
import { anySameCweFamily } from '../../analyzers/cwe.ts';
import type { Workbench } from '../gates/workbench.ts';
import { securitySpans } from '../spans/security-spans.ts';
import { cleanCandidate } from './clean-candidate.ts';
import type { ReflectionTools } from './reflection-tools.ts';

export function createReflectionTools(workbench: Workbench): ReflectionTools {
  return {
    gates: ({ language, code, cwe }, fixedCode) =>
      workbench.gates({ language, before: code, after: fixedCode, cwe }),
    spans: ({ language, code }, fixedCode, quotes) =>
      securitySpans({
        language,
        vulnerable: code,
        fixed: fixedCode,
        ...(quotes.length === 0 ? {} : { quotes: { vulnerable: quotes, secure: quotes } }),
      }),
    clean: ({ language, code }, fixedCode) => cleanCandidate(language, code, fixedCode),
    sameWeakness: anySameCweFamily,
  };
}
