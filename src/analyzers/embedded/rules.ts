/** @file All embedded rules, for listings, SARIF's rule table and tests. */
import { C_RULES } from './c/index.ts';
import { JAVASCRIPT_RULES } from './javascript/index.ts';
import { PYTHON_RULES } from './python/index.ts';
import type { RuleDescription } from './rule.ts';

export const EMBEDDED_RULES: readonly RuleDescription[] = [
  ...JAVASCRIPT_RULES,
  ...PYTHON_RULES,
  ...C_RULES,
];
