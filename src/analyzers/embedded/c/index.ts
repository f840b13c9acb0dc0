/** @file All C and C++ rules: facts are gathered once per function, then every rule looks at them. */
import type { RawFinding } from '../rule.ts';
import type { SyntaxNode } from '../syntax-node.ts';
import { functionsOf, gatherFacts } from './facts.ts';
import { C_IDIOMS } from './idioms.ts';
import type { FunctionRule } from './rule.ts';
import { BOUNDS_RULES } from './rules-bounds.ts';
import { INPUT_RULES } from './rules-input.ts';
import { LIFETIME_RULES } from './rules-lifetime.ts';
import { NULL_RULES } from './rules-null.ts';
import { SIZE_RULES } from './rules-sizes.ts';
import { SYSTEM_RULES } from './rules-system.ts';

export const C_RULES: readonly FunctionRule[] = [
  ...BOUNDS_RULES,
  ...SIZE_RULES,
  ...INPUT_RULES,
  ...LIFETIME_RULES,
  ...NULL_RULES,
  ...SYSTEM_RULES,
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
