/** @file All embedded rules, for listings, SARIF's rule table and tests. */
import { JAVASCRIPT_RULES } from './javascript/index.ts';
import { PYTHON_RULES } from './python/index.ts';
import type { Rule } from './rule.ts';

export const EMBEDDED_RULES: readonly Rule[] = [...JAVASCRIPT_RULES, ...PYTHON_RULES];
