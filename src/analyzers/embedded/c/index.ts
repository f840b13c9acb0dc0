/** @file All C and C++ rules: facts are gathered once per function, then every rule looks at them. */
import type { RawFinding } from '../rule.ts';
import type { SyntaxNode } from '../syntax-node.ts';
import { functionsOf, gatherFacts } from './facts.ts';
import { C_IDIOMS } from './idioms.ts';
import type { FunctionRule } from './rule.ts';
import { ARITHMETIC_RULES } from './rules-arithmetic.ts';
import { ARRAY_RULES } from './rules-arrays.ts';
import { COPY_RULES } from './rules-copies.ts';
import { DANGLING_RULES } from './rules-dangling.ts';
import { FREE_RULES } from './rules-free.ts';
import { INDEX_RULES } from './rules-index.ts';
import { INJECTION_RULES } from './rules-injection.ts';
import { INPUT_RULES } from './rules-input.ts';
import { NULL_PATH_RULES } from './rules-null-paths.ts';
import { NULL_RULES } from './rules-null.ts';
import { RANGE_RULES } from './rules-ranges.ts';
import { SETTING_RULES } from './rules-settings.ts';
import { SIZE_RULES } from './rules-sizes.ts';
import { STORAGE_RULES } from './rules-storage.ts';
import { TEXT_RULES } from './rules-text.ts';

export const C_RULES: readonly FunctionRule[] = [
  ...COPY_RULES,
  ...INDEX_RULES,
  ...RANGE_RULES,
  ...ARRAY_RULES,
  ...TEXT_RULES,
  ...SIZE_RULES,
  ...ARITHMETIC_RULES,
  ...INPUT_RULES,
  ...FREE_RULES,
  ...DANGLING_RULES,
  ...STORAGE_RULES,
  ...NULL_RULES,
  ...NULL_PATH_RULES,
  ...INJECTION_RULES,
  ...SETTING_RULES,
];

function ask(rules: readonly FunctionRule[], root: SyntaxNode, code: string): RawFinding[] {
  const found: RawFinding[] = [];
  for (const fn of functionsOf(root)) {
    const facts = gatherFacts(fn, code);
    for (const rule of rules)
      for (const answer of rule.find(facts))
        found.push({ rule, hit: 'node' in answer ? answer : { node: answer } });
  }
  return found;
}

export const analyzeC = (root: SyntaxNode, code: string): RawFinding[] => ask(C_RULES, root, code);

export const findIdiomsC = (root: SyntaxNode, code: string): RawFinding[] =>
  ask(C_IDIOMS, root, code);
