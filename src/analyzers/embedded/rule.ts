/**
 * @file What a rule is: which syntax nodes it looks at, and what it says when it finds something. Rules are stateless;
 * everything they may ask about the program comes through the context.
 */
import type { Precision, Severity } from '../finding.ts';
import type { Scope } from './scope.ts';
import type { SyntaxNode } from './syntax-node.ts';
import type { Value } from './value.ts';

export interface RuleContext {
  readonly code: string;
  readonly scope: Scope;
  text(node: SyntaxNode): string;
  /** Who controls an expression at this point of the walk. */
  value(node: SyntaxNode): Value;
  /** Canonical dotted name of what a call calls: "child_process.exec" whatever it was imported as. */
  callee(call: SyntaxNode): string;
  /** Positional arguments, spreads and keywords included. */
  args(call: SyntaxNode): readonly SyntaxNode[];
  /** The expression a variable was last given, or the node itself when it is not a variable. */
  resolve(node: SyntaxNode): SyntaxNode;
}

export interface Hit {
  readonly node: SyntaxNode;
  readonly cwe?: readonly string[];
  readonly severity?: Severity;
  readonly confidence?: number;
  readonly precision?: Precision;
  readonly message?: string;
}

/** What a finding of a rule says, unless the hit says otherwise. */
export interface RuleDescription {
  /** "<language>/<name>", also the folder name of its fixtures. */
  readonly id: string;
  readonly cwe: readonly string[];
  readonly severity: Severity;
  readonly confidence: number;
  /** Measured on pairs where there are any (bench/analyzer-rules.ts); medium unless said. */
  readonly precision?: Precision;
  readonly message: string;
}

export interface Rule extends RuleDescription {
  /** Node types it is asked about, after the node's children were walked. */
  readonly on: readonly string[];
  check(node: SyntaxNode, context: RuleContext): Hit | SyntaxNode | undefined | false;
}

export interface RawFinding {
  readonly rule: RuleDescription;
  readonly hit: Hit;
}

export type RuleIndex = ReadonlyMap<string, readonly Rule[]>;

export function indexRules(rules: readonly Rule[]): RuleIndex {
  const index = new Map<string, Rule[]>();
  for (const rule of rules)
    for (const type of rule.on) index.set(type, [...(index.get(type) ?? []), rule]);
  return index;
}

/** Asks the rules of one node type and collects what they say, at most once per rule and place. */
export class Findings {
  readonly found: RawFinding[] = [];
  private readonly seen = new Set<string>();
  private readonly index: RuleIndex;

  constructor(index: RuleIndex) {
    this.index = index;
  }

  ask(node: SyntaxNode, context: RuleContext): void {
    for (const rule of this.index.get(node.type) ?? []) {
      const answer = rule.check(node, context);
      if (!answer) continue;
      const hit: Hit = 'node' in answer ? answer : { node: answer };
      const key = `${rule.id}:${hit.node.start}:${hit.node.end}`;
      if (this.seen.has(key)) continue;
      this.seen.add(key);
      this.found.push({ rule, hit });
    }
  }
}
