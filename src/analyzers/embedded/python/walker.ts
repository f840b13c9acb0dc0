/** @file The one walk over a Python tree; the same idea as JavaScript's: scopes in source order, branches joined, guards applied. */
import { hollowFunctions } from '../hollow.ts';
import { Findings, type RawFinding, type RuleIndex } from '../rule.ts';
import { type Binding, type Checks, NO_CHECKS, Scope } from '../scope.ts';
import { childOf, childrenOf, namedChildren, type SyntaxNode, walk } from '../syntax-node.ts';
import {
  CLEAN,
  CONSTANT,
  derived,
  either,
  joined,
  PARAMETER_VALUE,
  UNKNOWN_VALUE,
  type Value,
} from '../value.ts';
import { type Evaluator, evaluate, isList } from './evaluate.ts';
import { conditionChecks, mentionedNames } from './guards.ts';
import {
  ASSERTING_NAME,
  canonicalName,
  CHECK_NAME,
  isTrustedParameter,
  sanitizerBits,
} from './names.ts';

/** Whether a function's name alone makes the rules believe something. */
const speaks = (name: string): boolean =>
  sanitizerBits(name) !== 0 || CHECK_NAME.test(name) || ASSERTING_NAME.test(name);

export class PythonWalker implements Evaluator {
  readonly code: string;
  scope: Scope;
  private readonly findings: Findings;
  private readonly root: SyntaxNode;
  private readonly module: Scope;
  private readonly declared = new Map<string, SyntaxNode>();
  /** Names that promise more than their functions do -> names that promise nothing. */
  private readonly hollow = new Map<string, string>();
  private readonly returns = new Map<SyntaxNode, Value>();
  private readonly walking = new Set<SyntaxNode>();
  private readonly argumentsOf = new Map<SyntaxNode, readonly SyntaxNode[]>();
  /** As `values`, for `callee`. */
  private readonly callees = new Map<SyntaxNode, { version: number; scope: Scope; name: string }>();
  private readonly values = new Map<SyntaxNode, { version: number; scope: Scope; value: Value }>();

  constructor(root: SyntaxNode, code: string, rules: RuleIndex) {
    this.code = code;
    this.root = root;
    this.module = new Scope(null, root);
    this.scope = this.module;
    this.findings = new Findings(rules);
  }

  run(): RawFinding[] {
    for (const child of this.root.children)
      walk(child, (node) => {
        if (node.type !== 'function_definition') return undefined;
        this.declared.set(this.text(childOf(node, 'name')!), node);
        return false;
      });
    for (const [name, { alias, fn }] of hollowFunctions(this.root, this.code, speaks)) {
      this.hollow.set(name, alias);
      this.declared.set(alias, fn);
    }
    this.visitBlock(this.root);
    return this.findings.found;
  }

  text(node: SyntaxNode): string {
    return this.code.slice(node.start, node.end);
  }
  value(node: SyntaxNode): Value {
    const { scope } = this;
    const known = this.values.get(node);
    if (known && known.version === scope.version && known.scope === scope) return known.value;
    const value = evaluate(node, this);
    this.values.set(node, { version: scope.version, scope, value });
    return value;
  }
  args(node: SyntaxNode): readonly SyntaxNode[] {
    const known = this.argumentsOf.get(node);
    if (known) return known;
    const list = childOf(node, 'arguments');
    const args = list ? (list.type === 'argument_list' ? namedChildren(list) : [list]) : [];
    this.argumentsOf.set(node, args);
    return args;
  }
  callee(node: SyntaxNode): string {
    const { scope } = this;
    const known = this.callees.get(node);
    if (known && known.version === scope.version && known.scope === scope) return known.name;
    const fn = childOf(node, 'function');
    const name = fn ? this.dottedName(fn) : '';
    this.callees.set(node, { version: scope.version, scope, name });
    return name;
  }
  private dottedName(fn: SyntaxNode): string {
    if (fn.type === 'identifier') {
      const name = this.text(fn);
      return (
        this.scope.lookup(name)?.alias ??
        this.hollow.get(name) ??
        (this.declared.has(name) ? name : canonicalName(name))
      );
    }
    if (fn.type === 'attribute') {
      const object = childOf(fn, 'object')!;
      const name = this.text(childOf(fn, 'attribute')!);
      return object.type === 'identifier' || object.type === 'attribute'
        ? canonicalName(`${this.dottedName(object)}.${name}`)
        : `().${name}`;
    }
    return '()';
  }
  resolve(node: SyntaxNode): SyntaxNode {
    return node.type === 'identifier'
      ? (this.scope.lookup(this.text(node))?.definition ?? node)
      : node;
  }
  callLocal(name: string, args: readonly Value[]): Value | undefined {
    const fn = this.declared.get(name.replace(/^self\./, ''));
    if (!fn) return undefined;
    if (!this.returns.has(fn) && !this.walking.has(fn)) {
      const outer = this.scope;
      this.scope = this.module;
      this.visitFunction(fn);
      this.scope = outer;
    }
    const result = this.returns.get(fn);
    if (!result || result.control === CLEAN) return result;
    const given = derived(args);
    return given.control === CLEAN
      ? { ...result, control: result.control >= 2 ? 0 : result.control }
      : { ...result, control: given.control, safe: result.safe | given.safe };
  }

  private visit(node: SyntaxNode): void {
    // Keywords and punctuation do nothing, and no rule asks about them.
    if (!node.named) return;
    switch (node.type) {
      case 'function_definition':
        this.visitFunction(node);
        return;
      case 'lambda':
        break;
      case 'block':
      case 'module':
        this.visitBlock(node);
        break;
      case 'if_statement':
        this.visitIf(
          childOf(node, 'condition')!,
          childOf(node, 'consequence'),
          childrenOf(node, 'alternative'),
        );
        break;
      case 'for_statement':
        this.visitFor(node);
        break;
      case 'while_statement':
        this.visitWhile(node);
        break;
      case 'import_statement':
      case 'import_from_statement':
        this.visitImport(node);
        break;
      case 'try_statement':
        this.visitTry(node);
        break;
      default:
        for (const child of node.children) this.visit(child);
        this.effect(node);
    }
    this.findings.ask(node, this);
  }

  private effect(node: SyntaxNode): void {
    switch (node.type) {
      case 'assignment': {
        const right = childOf(node, 'right');
        if (right) this.bind(childOf(node, 'left')!, right);
        return;
      }
      case 'augmented_assignment': {
        const left = this.text(childOf(node, 'left')!);
        const right = childOf(node, 'right')!;
        const operator = this.text(childOf(node, 'operator')!);
        const before = this.scope.lookup(left)?.value ?? UNKNOWN_VALUE;
        const value =
          operator === '+='
            ? isList(childOf(node, 'left')!, this) || isList(right, this)
              ? { ...either(before, this.value(right)), composed: false }
              : joined(before, this.value(right))
            : operator === '%='
              ? { ...either(before, this.value(right)), composed: true }
              : CONSTANT;
        this.scope.assign(left, { value, sources: mentionedNames(right, this) });
        return;
      }
      case 'as_pattern': {
        const target = childOf(node, 'alias');
        const from = namedChildren(node)[0];
        if (target && from) this.scope.declare(this.text(target), this.binding(from));
        return;
      }
      case 'return_statement': {
        const inner = namedChildren(node)[0];
        if (inner) this.scope.returned.push(this.value(inner));
        return;
      }
      case 'assert_statement': {
        const condition = namedChildren(node)[0];
        if (condition) this.scope.apply(conditionChecks(condition, this).whenTrue);
        return;
      }
      case 'expression_statement': {
        const inner = namedChildren(node)[0];
        if (inner?.type === 'call' && ASSERTING_NAME.test(this.callee(inner)))
          this.scope.apply([
            { names: this.args(inner).flatMap((arg) => mentionedNames(arg, this)), safe: -1 },
          ]);
        return;
      }
      case 'call': {
        const fn = childOf(node, 'function')!;
        if (
          fn.type !== 'attribute' ||
          !/^(append|extend|add|insert|write|update)$/.test(this.text(childOf(fn, 'attribute')!))
        )
          return;
        const target = this.text(childOf(fn, 'object')!);
        const before = this.scope.lookup(target);
        if (!before) return;
        const value = this.args(node)
          .map((arg) => this.value(arg))
          .reduce<Value>(
            (all, one) => ({
              ...either(all, one),
              text: all.text + one.text,
              composed: all.composed,
            }),
            before.value,
          );
        this.scope.assign(target, { ...before, value });
        return;
      }
    }
  }

  private binding(value: SyntaxNode): Binding {
    const checks =
      /^(identifier|call|comparison_operator|not_operator|boolean_operator|parenthesized_expression)$/.test(
        value.type,
      )
        ? conditionChecks(value, this)
        : NO_CHECKS;
    return {
      value: this.value(value),
      sources: mentionedNames(value, this),
      definition: value,
      ...(checks === NO_CHECKS ? {} : { checks }),
    };
  }

  private bind(target: SyntaxNode, value: SyntaxNode): void {
    if (
      target.type === 'pattern_list' ||
      target.type === 'tuple_pattern' ||
      target.type === 'list_pattern'
    ) {
      const targets = namedChildren(target);
      const values = /^(expression_list|tuple|list)$/.test(value.type) ? namedChildren(value) : [];
      targets.forEach((one, index) => {
        const own = values.length === targets.length ? values[index] : undefined;
        if (own) this.bind(one, own);
        else {
          const whole = this.value(value);
          this.scope.assign(this.text(one), {
            value: whole.control === CLEAN ? CONSTANT : { ...whole, text: '', prefix: '' },
            sources: mentionedNames(value, this),
          });
        }
      });
      return;
    }
    this.scope.assign(this.text(target), this.binding(value));
  }

  private visitFunction(node: SyntaxNode): void {
    if (this.walking.has(node) || this.returns.has(node)) return;
    this.walking.add(node);
    const outer = this.scope;
    this.scope = new Scope(outer, node);
    for (const parameter of namedChildren(childOf(node, 'parameters') ?? node)) {
      const name =
        parameter.type === 'identifier'
          ? parameter
          : (childOf(parameter, 'name') ?? namedChildren(parameter)[0]);
      if (!name || !/parameter|identifier|pattern/.test(parameter.type)) continue;
      this.scope.declare(this.text(name), {
        value: isTrustedParameter(this.text(name)) ? UNKNOWN_VALUE : PARAMETER_VALUE,
      });
    }
    const body = childOf(node, 'body');
    if (body) this.visitBlock(body);
    this.returns.set(
      node,
      this.scope.returned.length > 0 ? this.scope.returned.reduce(either) : CONSTANT,
    );
    this.findings.ask(node, this);
    this.scope = outer;
    this.walking.delete(node);
  }

  private visitImport(node: SyntaxNode): void {
    const from = childOf(node, 'module_name');
    const prefix = from ? `${this.text(from)}.` : '';
    for (const name of childrenOf(node, 'name')) {
      const full = childOf(name, 'name');
      const alias = childOf(name, 'alias');
      const text = this.text(full ?? name);
      if (alias)
        this.scope.declare(this.text(alias), {
          value: CONSTANT,
          alias: canonicalName(prefix + text),
        });
      else if (from)
        this.scope.declare(text, { value: CONSTANT, alias: canonicalName(prefix + text) });
    }
  }

  private visitBlock(node: SyntaxNode): void {
    for (const child of node.children) {
      this.visit(child);
      if (exits(child, this)) break;
    }
  }
  private branch(
    node: SyntaxNode | undefined,
    proven: Checks['whenTrue'],
  ): Map<Scope, Map<string, Binding>> {
    this.scope.beginBranch();
    this.scope.apply(proven);
    if (node) this.visit(node);
    return this.scope.endBranch();
  }

  private visitIf(
    condition: SyntaxNode,
    consequence: SyntaxNode | undefined,
    alternatives: readonly SyntaxNode[],
  ): void {
    this.visit(condition);
    const checks = conditionChecks(condition, this);
    const first = this.branch(consequence, checks.whenTrue);
    this.scope.beginBranch();
    this.scope.apply(checks.whenFalse);
    const [next, ...rest] = alternatives;
    if (next?.type === 'elif_clause') {
      this.visitIf(childOf(next, 'condition')!, childOf(next, 'consequence'), rest);
      this.findings.ask(next, this);
    } else if (next) this.visit(childOf(next, 'body') ?? next);
    const second = this.scope.endBranch();
    const firstExits = consequence !== undefined && exits(consequence, this);
    const last = next && (childOf(next, 'body') ?? childOf(next, 'consequence'));
    const secondExits =
      alternatives.length === 1 &&
      last !== undefined &&
      next?.type === 'else_clause' &&
      exits(last, this);
    this.scope.mergeBranches(
      [...(firstExits ? [] : [first]), ...(secondExits ? [] : [second])],
      true,
    );
    if (firstExits && alternatives.length === 0) this.scope.apply(checks.whenFalse);
    if (secondExits) this.scope.apply(checks.whenTrue);
  }

  private visitFor(node: SyntaxNode): void {
    const right = childOf(node, 'right')!;
    this.visit(right);
    const from = this.value(right);
    this.scope.beginBranch();
    for (const name of this.text(childOf(node, 'left')!).split(/[\s,()]+/))
      if (name)
        this.scope.declare(name, {
          value:
            from.control === CLEAN ? CONSTANT : { ...from, text: '', prefix: '', composed: false },
          sources: mentionedNames(right, this),
          definition: node,
        });
    const body = childOf(node, 'body');
    if (body) this.visit(body);
    this.scope.mergeBranches([this.scope.endBranch()], false);
  }
  private visitWhile(node: SyntaxNode): void {
    const condition = childOf(node, 'condition')!;
    this.visit(condition);
    const end = this.branch(childOf(node, 'body'), conditionChecks(condition, this).whenTrue);
    this.scope.mergeBranches([end], false);
  }
  private visitTry(node: SyntaxNode): void {
    const body = childOf(node, 'body');
    if (body) this.visit(body);
    for (const child of namedChildren(node)) {
      if (child === body) continue;
      if (child.type === 'finally_clause') this.visit(child);
      else this.scope.mergeBranches([this.branch(child, [])], false);
    }
  }
}

function exits(node: SyntaxNode, context: { text(node: SyntaxNode): string }): boolean {
  switch (node.type) {
    case 'return_statement':
    case 'raise_statement':
    case 'continue_statement':
    case 'break_statement':
      return true;
    case 'block':
      return node.children.some((child) => exits(child, context));
    case 'if_statement': {
      const consequence = childOf(node, 'consequence');
      const alternatives = childrenOf(node, 'alternative');
      return (
        !!consequence &&
        exits(consequence, context) &&
        alternatives.at(-1)?.type === 'else_clause' &&
        alternatives.every((at) =>
          exits(childOf(at, 'body') ?? childOf(at, 'consequence') ?? at, context),
        )
      );
    }
    case 'expression_statement':
      return /^(sys\.exit|exit|quit|os\._exit|abort|flask\.abort|self\.fail|self\.abort|raise_error)\(/.test(
        context.text(node),
      );
    default:
      return false;
  }
}
