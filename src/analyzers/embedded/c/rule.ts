/** @file A C rule: asked once per function with its facts. */
import type { Hit, RuleDescription } from '../rule.ts';
import type { SyntaxNode } from '../syntax-node.ts';
import type { FunctionFacts } from './facts.ts';

export interface FunctionRule extends RuleDescription {
  find(facts: FunctionFacts): readonly (Hit | SyntaxNode)[];
}
