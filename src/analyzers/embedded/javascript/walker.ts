/**
 * @file The one walk over a JavaScript or TypeScript tree: keeps the scopes up to date in source order, joins branches,
 * applies what guards prove, and asks the rules of each node's type. Statements after a return or throw are not walked.
 */
import { hollowFunctions } from '../hollow.ts';
import { Findings, type RawFinding, type RuleIndex } from '../rule.ts';
import { type Binding, type Checks, NO_CHECKS, Scope } from '../scope.ts';
import { childOf, childrenOf, namedChildren, type SyntaxNode, walk } from '../syntax-node.ts';
import {
  CLEAN,
  CONSTANT,
  derived,
  either,
  INPUT_VALUE,
  joined,
  PARAMETER_VALUE,
  UNKNOWN_VALUE,
  type Value,
} from '../value.ts';
import { type Evaluator, evaluate } from './evaluate.ts';
import { conditionChecks, mentionedNames } from './guards.ts';
import {
  ASSERTING_NAME,
  canonicalName,
  CHECK_NAME,
  isTrustedParameter,
  REQUEST_PROPERTIES,
  sanitizerBits,
} from './names.ts';

const FUNCTIONS = new Set([
  'function_declaration',
  'function_expression',
  'arrow_function',
  'method_definition',
  'generator_function',
  'generator_function_declaration',
]);
const ELEMENT_CALLBACKS =
  /\.(map|flatMap|filter|forEach|find|findIndex|some|every|sort|reduce|then)$/;

/** Whether a function's name alone makes the rules believe something. */
const speaks = (name: string): boolean =>
  sanitizerBits(name) !== 0 || CHECK_NAME.test(name) || ASSERTING_NAME.test(name);

export class JavaScriptWalker implements Evaluator {
  readonly code: string;
  scope: Scope;
  private readonly findings: Findings;
  private readonly root: SyntaxNode;
  private readonly program: Scope;
  private readonly declared = new Map<string, SyntaxNode>();
  /** Names that promise more than their functions do -> names that promise nothing. */
  private readonly hollow = new Map<string, string>();
  private readonly returns = new Map<SyntaxNode, Value>();
  private readonly values = new Map<SyntaxNode, { version: number; scope: Scope; value: Value }>();
  private readonly callees = new Map<SyntaxNode, string>();
  private readonly walking = new Set<SyntaxNode>();

  constructor(root: SyntaxNode, code: string, rules: RuleIndex) {
    this.code = code;
    this.root = root;
    this.program = new Scope(null, root);
    this.scope = this.program;
    this.findings = new Findings(rules);
  }

  run(): RawFinding[] {
    walk(this.root, (node) => {
      if (node.type === 'function_declaration') {
        const name = childOf(node, 'name');
        if (name) this.declared.set(this.text(name), node);
      }
      if (node.type === 'variable_declarator') {
        const name = childOf(node, 'name');
        const value = childOf(node, 'value');
        if (name?.type === 'identifier' && value && FUNCTIONS.has(value.type))
          this.declared.set(this.text(name), value);
      }
      return undefined;
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
    const known = this.values.get(node);
    if (known && known.version === this.scope.version && known.scope === this.scope)
      return known.value;
    const { scope } = this;
    const value = evaluate(node, this);
    this.values.set(node, { version: scope.version, scope, value });
    return value;
  }
  args(node: SyntaxNode): readonly SyntaxNode[] {
    const list = childOf(node, 'arguments');
    return list && list.type === 'arguments' ? namedChildren(list) : [];
  }
  callee(node: SyntaxNode): string {
    const known = this.callees.get(node);
    if (known !== undefined) return known;
    const fn = childOf(node, node.type === 'new_expression' ? 'constructor' : 'function');
    const name = fn ? this.dottedName(fn) : '';
    this.callees.set(node, name);
    return name;
  }
  private dottedName(fn: SyntaxNode): string {
    if (fn.type === 'identifier') {
      const name = this.text(fn);
      const alias = this.scope.lookup(name)?.alias;
      if (alias) return alias;
      return this.hollow.get(name) ?? (this.declared.has(name) ? name : canonicalName(name));
    }
    if (fn.type === 'member_expression') {
      const object = childOf(fn, 'object')!;
      const property = this.text(childOf(fn, 'property') ?? fn);
      const hollow = this.hollow.get(property);
      if (hollow !== undefined) return hollow;
      if (object.type === 'call_expression' && this.text(object).startsWith('require('))
        return canonicalName(`${this.moduleOf(object) ?? 'require'}.${property}`);
      if (
        object.type === 'identifier' ||
        object.type === 'member_expression' ||
        object.type === 'this'
      )
        return canonicalName(`${this.dottedName(object)}.${property}`);
      return `().${property}`;
    }
    if (fn.type === 'this' || fn.type === 'super' || fn.type === 'import') return this.text(fn);
    if (fn.type === 'parenthesized_expression' || fn.type === 'non_null_expression') {
      const inner = namedChildren(fn)[0];
      return inner ? this.dottedName(inner) : '';
    }
    return '()';
  }
  /** "fs" for `require('node:fs')`, also through .promises; undefined for anything else. */
  private moduleOf(node: SyntaxNode): string | undefined {
    const match =
      /^(?:await\s+)?(?:require|import)\(\s*['"](?:node:)?([^'"]+)['"]\s*\)((?:\.\w+)*)$/.exec(
        this.text(node),
      );
    return match
      ? canonicalName(match[1]! + (match[2] ?? '').replace(/\.promises$/, ''))
      : undefined;
  }

  resolve(node: SyntaxNode): SyntaxNode {
    if (node.type !== 'identifier') return node;
    return this.scope.lookup(this.text(node))?.definition ?? node;
  }

  returnOf(fn: SyntaxNode): Value | undefined {
    return this.returns.get(fn);
  }

  callLocal(name: string, args: readonly Value[]): Value | undefined {
    const fn = this.declared.get(name);
    if (!fn) return undefined;
    if (!this.returns.has(fn) && !this.walking.has(fn)) {
      const outer = this.scope;
      this.scope = this.program;
      this.visitFunction(fn);
      this.scope = outer;
    }
    const result = this.returns.get(fn);
    if (!result) return undefined;
    if (result.control === CLEAN) return result;
    const given = derived(args);
    return given.control === CLEAN
      ? { ...result, control: result.control >= 2 ? 0 : result.control }
      : { ...result, control: given.control, safe: result.safe | given.safe };
  }

  private visit(node: SyntaxNode): void {
    if (FUNCTIONS.has(node.type)) {
      this.visitFunction(node);
      return;
    }
    switch (node.type) {
      case 'if_statement':
        this.visitIf(node);
        break;
      case 'statement_block':
      case 'switch_case':
      case 'switch_default':
        this.visitBlock(node);
        break;
      case 'for_in_statement':
        this.visitForIn(node);
        break;
      case 'for_statement':
      case 'while_statement':
        this.visitLoop(node);
        break;
      case 'switch_statement':
        this.visitSwitch(node);
        break;
      case 'binary_expression':
      case 'ternary_expression':
        this.visitConditional(node);
        break;
      case 'import_statement':
        this.visitImport(node);
        break;
      case 'call_expression':
        this.visitCall(node);
        break;
      default:
        for (const child of node.children) this.visit(child);
        this.effect(node);
    }
    this.findings.ask(node, this);
  }

  private effect(node: SyntaxNode): void {
    if (node.type === 'variable_declarator') {
      const value = childOf(node, 'value');
      this.bindPattern(childOf(node, 'name')!, value, true);
    } else if (node.type === 'assignment_expression') {
      this.bindPattern(childOf(node, 'left')!, childOf(node, 'right'), false);
    } else if (node.type === 'augmented_assignment_expression') {
      const left = childOf(node, 'left')!;
      const right = childOf(node, 'right')!;
      const before = this.value(left);
      const operator = this.text(childOf(node, 'operator')!);
      const after = this.value(right);
      const value =
        operator === '+='
          ? joined(before, after)
          : /^(\|\||&&|\?\?)=$/.test(operator)
            ? either(before, after)
            : CONSTANT;
      this.scope.assign(this.text(left), { value, sources: mentionedNames(right, this) });
    } else if (node.type === 'return_statement') {
      const inner = namedChildren(node)[0];
      if (inner) this.scope.returned.push(this.value(inner));
    }
  }

  private binding(value: SyntaxNode | undefined): Binding {
    if (!value) return { value: CONSTANT };
    const alias = this.moduleOf(value) ?? this.promisified(value);
    if (alias) return { value: CONSTANT, alias };
    if (FUNCTIONS.has(value.type)) return { value: CONSTANT, definition: value };
    const checks = [
      'identifier',
      'call_expression',
      'binary_expression',
      'unary_expression',
      'parenthesized_expression',
    ].includes(value.type)
      ? conditionChecks(value, this)
      : NO_CHECKS;
    return {
      value: this.value(value),
      sources: mentionedNames(value, this),
      ...(checks === NO_CHECKS ? {} : { checks }),
      definition: value,
      ...(value.type === 'member_expression' && this.aliasedMember(value)),
    };
  }
  private promisified(value: SyntaxNode): string | undefined {
    if (value.type !== 'call_expression' || !/promisify$/.test(this.callee(value)))
      return undefined;
    const first = this.args(value)[0];
    return first ? this.dottedName(first) : undefined;
  }
  private aliasedMember(value: SyntaxNode): { alias: string } | undefined {
    const root = /^[\w$]+/.exec(this.text(value))?.[0] ?? '';
    const isModule = this.scope.lookup(root)?.alias || this.text(value).startsWith('require(');
    return isModule ? { alias: this.dottedName(value) } : undefined;
  }

  private bindPattern(target: SyntaxNode, value: SyntaxNode | undefined, declare: boolean): void {
    const set = (name: string, binding: Binding): void =>
      declare ? this.scope.declare(name, binding) : this.scope.assign(name, binding);
    if (
      target.type === 'identifier' ||
      target.type === 'member_expression' ||
      target.type === 'subscript_expression'
    ) {
      set(this.text(target), this.binding(value));
      return;
    }
    const module = value ? this.moduleOf(value) : undefined;
    const whole = value ? this.value(value) : UNKNOWN_VALUE;
    const sources = value ? mentionedNames(value, this) : [];
    const isRequest =
      value?.type === 'identifier' && /^(req|request|ctx|event)$/.test(this.text(value));
    for (const { name, key } of this.patternNames(target)) {
      const control =
        isRequest && REQUEST_PROPERTIES.has(key)
          ? INPUT_VALUE
          : whole.control === CLEAN
            ? CONSTANT
            : { ...whole, text: '', prefix: '' };
      set(
        name,
        module
          ? { value: CONSTANT, alias: canonicalName(`${module}.${key}`) }
          : { value: control, sources },
      );
    }
  }

  private patternNames(pattern: SyntaxNode): { name: string; key: string }[] {
    const names: { name: string; key: string }[] = [];
    const collect = (node: SyntaxNode, key: string): void => {
      switch (node.type) {
        case 'identifier':
        case 'shorthand_property_identifier_pattern':
          names.push({ name: this.text(node), key: key || this.text(node) });
          return;
        case 'pair_pattern':
          collect(childOf(node, 'value')!, this.text(childOf(node, 'key')!));
          return;
        case 'assignment_pattern':
        case 'object_assignment_pattern':
          collect(childOf(node, 'left') ?? node.children[0]!, key);
          return;
        case 'required_parameter':
        case 'optional_parameter':
          collect(childOf(node, 'pattern') ?? node.children[0]!, key);
          return;
        default:
          for (const child of namedChildren(node)) collect(child, key);
      }
    };
    collect(pattern, '');
    return names;
  }

  private visitFunction(node: SyntaxNode, elements?: Value): void {
    if (
      this.walking.has(node) ||
      (this.returns.has(node) && this.declared.get(this.nameOf(node)) === node)
    )
      return;
    this.walking.add(node);
    const outer = this.scope;
    this.scope = new Scope(outer, node);
    const parameters = childOf(node, 'parameters') ?? childOf(node, 'parameter');
    const list =
      parameters?.type === 'formal_parameters'
        ? namedChildren(parameters)
        : parameters
          ? [parameters]
          : [];
    list.forEach((parameter, index) => {
      const structured = /pattern$/.test(
        (childOf(parameter, 'pattern') ?? childOf(parameter, 'left') ?? parameter).type,
      );
      for (const { name, key } of this.patternNames(parameter)) {
        const value = isTrustedParameter(name)
          ? UNKNOWN_VALUE
          : elements && index <= 1
            ? elements
            : structured && index === 0 && REQUEST_PROPERTIES.has(key) && list.length > 1
              ? INPUT_VALUE
              : PARAMETER_VALUE;
        this.scope.declare(name, { value });
      }
    });
    const body = childOf(node, 'body');
    if (body?.type === 'statement_block') this.visitBlock(body);
    else if (body) {
      this.visit(body);
      this.scope.returned.push(this.value(body));
    }
    this.returns.set(
      node,
      this.scope.returned.reduce<Value | undefined>(
        (all, one) => (all ? either(all, one) : one),
        undefined,
      ) ?? CONSTANT,
    );
    this.findings.ask(node, this);
    this.scope = outer;
    this.walking.delete(node);
  }

  private nameOf(node: SyntaxNode): string {
    const name =
      childOf(node, 'name') ??
      (node.parent?.type === 'variable_declarator' ? childOf(node.parent, 'name') : undefined);
    return name ? this.text(name) : '';
  }

  private visitCall(node: SyntaxNode): void {
    const fn = childOf(node, 'function');
    if (fn) this.visit(fn);
    const callee = this.callee(node);
    const args = childOf(node, 'arguments');
    for (const child of args?.children ?? []) {
      if (
        FUNCTIONS.has(child.type) &&
        fn?.type === 'member_expression' &&
        ELEMENT_CALLBACKS.test(callee)
      ) {
        const receiver = this.value(childOf(fn, 'object')!);
        this.visitFunction(
          child,
          receiver.control === CLEAN
            ? CONSTANT
            : { ...receiver, text: '', prefix: '', composed: false },
        );
      } else this.visit(child);
    }
    if (node.parent?.type === 'expression_statement' && ASSERTING_NAME.test(callee)) {
      const names = this.args(node).flatMap((arg) => mentionedNames(arg, this));
      this.scope.apply([{ names, safe: -1 }]);
    }
    // An imported function may bear such a name too; it has no object that grows.
    const grown = fn?.type === 'member_expression' ? childOf(fn, 'object') : undefined;
    if (grown && /\.(push|unshift|append|set|add|write)$/.test(callee)) {
      const target = this.text(grown);
      const before = this.scope.lookup(target);
      if (before) {
        const added = this.args(node).map((arg) => this.value(arg));
        const value = added.reduce<Value>(
          (all, one) => ({ ...either(all, one), text: all.text + one.text }),
          before.value,
        );
        this.scope.assign(target, { ...before, value });
      }
    }
  }

  private visitImport(node: SyntaxNode): void {
    const source = childOf(node, 'source');
    if (!source) return;
    const module = canonicalName(this.text(source).slice(1, -1));
    walk(node, (at) => {
      if (at.type === 'import_specifier') {
        const name = this.text(childOf(at, 'name')!);
        const alias = childOf(at, 'alias');
        this.scope.declare(alias ? this.text(alias) : name, {
          value: CONSTANT,
          alias: canonicalName(`${module}.${name}`),
        });
        return false;
      }
      if (at.type === 'identifier')
        this.scope.declare(this.text(at), { value: CONSTANT, alias: module });
      return undefined;
    });
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

  private visitIf(node: SyntaxNode): void {
    const condition = childOf(node, 'condition')!;
    this.visit(condition);
    const checks = conditionChecks(condition, this);
    const consequence = childOf(node, 'consequence');
    const alternative = childOf(node, 'alternative');
    const otherwise = alternative && (namedChildren(alternative)[0] ?? alternative);
    const first = this.branch(consequence, checks.whenTrue);
    const second = this.branch(otherwise, checks.whenFalse);
    const firstExits = consequence !== undefined && exits(consequence, this);
    const secondExits = otherwise !== undefined && exits(otherwise, this);
    const ends = [...(firstExits ? [] : [first]), ...(secondExits ? [] : [second])];
    this.scope.mergeBranches(ends, true);
    if (firstExits) this.scope.apply(checks.whenFalse);
    if (secondExits) this.scope.apply(checks.whenTrue);
  }

  private visitLoop(node: SyntaxNode): void {
    const condition = childOf(node, 'condition');
    const initializer = childOf(node, 'initializer');
    if (initializer) this.visit(initializer);
    if (condition) this.visit(condition);
    const checks = condition ? conditionChecks(condition, this) : NO_CHECKS;
    const increment = childOf(node, 'increment');
    const end = this.branch(childOf(node, 'body'), checks.whenTrue);
    if (increment) this.visit(increment);
    this.scope.mergeBranches([end], false);
  }

  private visitForIn(node: SyntaxNode): void {
    const right = childOf(node, 'right')!;
    this.visit(right);
    const from = this.value(right);
    const over = this.text(childOf(node, 'operator') ?? node);
    const left = childOf(node, 'left')!;
    this.scope.beginBranch();
    const value =
      from.control === CLEAN ? CONSTANT : { ...from, text: '', prefix: '', composed: false };
    for (const { name } of this.patternNames(left))
      this.scope.declare(name, {
        value,
        sources: over === 'of' ? [] : mentionedNames(right, this),
        definition: node,
      });
    const body = childOf(node, 'body');
    if (body) this.visit(body);
    this.scope.mergeBranches([this.scope.endBranch()], false);
  }

  private visitSwitch(node: SyntaxNode): void {
    const value = childOf(node, 'value')!;
    this.visit(value);
    const names = mentionedNames(value, this);
    const body = childOf(node, 'body');
    const ends = [];
    let hasDefault = false;
    for (const arm of body ? namedChildren(body) : []) {
      hasDefault ||= arm.type === 'switch_default';
      const end = this.branch(arm, arm.type === 'switch_case' ? [{ names, safe: -1 }] : []);
      if (
        !childrenOf(arm, 'body').some(
          (statement) => exits(statement, this) && statement.type !== 'break_statement',
        )
      )
        ends.push(end);
    }
    this.scope.mergeBranches(ends, hasDefault);
  }

  private visitConditional(node: SyntaxNode): void {
    const operator = childOf(node, 'operator');
    const condition = childOf(node, node.type === 'ternary_expression' ? 'condition' : 'left')!;
    const sign = operator ? this.text(operator) : '?';
    this.visit(condition);
    const rest = node.children.filter((child) => child !== condition);
    if (sign !== '?' && sign !== '&&' && sign !== '||') {
      for (const child of rest) this.visit(child);
      return;
    }
    const checks = conditionChecks(condition, this);
    for (const child of rest) {
      if (!child.named) continue;
      const proven =
        child.field === 'alternative' || sign === '||' ? checks.whenFalse : checks.whenTrue;
      this.scope.mergeBranches([this.branch(child, proven)], false);
    }
  }
}

/** True when control never comes out at the end of a statement. */
function exits(node: SyntaxNode, context: RuleText): boolean {
  switch (node.type) {
    case 'return_statement':
    case 'throw_statement':
    case 'continue_statement':
    case 'break_statement':
      return true;
    case 'statement_block':
      return node.children.some((child) => exits(child, context));
    case 'else_clause':
      return namedChildren(node).some((child) => exits(child, context));
    case 'if_statement': {
      const consequence = childOf(node, 'consequence');
      const alternative = childOf(node, 'alternative');
      return (
        !!consequence && !!alternative && exits(consequence, context) && exits(alternative, context)
      );
    }
    case 'expression_statement':
      return /^process\.exit\(/.test(context.text(node));
    default:
      return false;
  }
}
interface RuleText {
  text(node: SyntaxNode): string;
}
