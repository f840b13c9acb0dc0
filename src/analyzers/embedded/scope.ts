/**
 * @file Variables of the function being walked: their values, what they were derived from, which module member they
 * name, and which checks a boolean stands for. Writes are journalled, so that the two arms of a branch can be walked
 * one after the other and joined. Ours; loops are walked once.
 */
import type { SyntaxNode } from './syntax-node.ts';
import { either, madeSafe, UNKNOWN_VALUE, type Value } from './value.ts';

/** "These variables are safe for these interpreters." */
export interface Check {
  readonly names: readonly string[];
  readonly safe: number;
}
/** What a condition proves when it holds and when it does not. */
export interface Checks {
  readonly whenTrue: readonly Check[];
  readonly whenFalse: readonly Check[];
}
export const NO_CHECKS: Checks = { whenTrue: [], whenFalse: [] };

export interface Binding {
  readonly value: Value;
  /** Canonical dotted name this variable stands for, e.g. "child_process.exec". */
  readonly alias?: string | undefined;
  /** Variables its value was computed from. */
  readonly sources?: readonly string[] | undefined;
  readonly checks?: Checks | undefined;
  /** The expression it was last given. */
  readonly definition?: SyntaxNode | undefined;
}

interface Entry {
  readonly scope: Scope;
  readonly name: string;
  readonly before: Binding | undefined;
}
export type Journal = Entry[];

export class Scope {
  readonly parent: Scope | null;
  readonly owner: SyntaxNode;
  readonly bindings = new Map<string, Binding>();
  /** Values of `return` statements seen so far. */
  readonly returned: Value[] = [];
  private readonly shared: { readonly journals: Journal[]; writes: number };

  constructor(parent: Scope | null, owner: SyntaxNode) {
    this.parent = parent;
    this.owner = owner;
    this.shared = parent?.shared ?? { journals: [], writes: 0 };
  }

  /** Changes whenever any variable of the walk changes: a key for remembered evaluations. */
  get version(): number {
    return this.shared.writes;
  }

  lookup(name: string): Binding | undefined {
    for (let scope: Scope | null = this; scope; scope = scope.parent) {
      const binding = scope.bindings.get(name);
      if (binding) return binding;
    }
    return undefined;
  }

  declare(name: string, binding: Binding): void {
    this.write(this, name, binding);
  }

  /** Assigns to the nearest declaration, or declares. */
  assign(name: string, binding: Binding): void {
    for (let scope: Scope | null = this; scope; scope = scope.parent) {
      if (scope.bindings.has(name)) {
        this.write(scope, name, binding);
        return;
      }
    }
    this.write(this, name, binding);
  }

  private write(scope: Scope, name: string, binding: Binding): void {
    this.shared.writes++;
    const journal = this.shared.journals.at(-1);
    journal?.push({ scope, name, before: scope.bindings.get(name) });
    scope.bindings.set(name, binding);
  }

  /** Marks variables safe, with those they were computed from and those computed from them. */
  apply(checks: readonly Check[]): void {
    for (const { names, safe } of checks) {
      const marked = new Set<string>();
      for (const name of names) this.mark(name, safe, marked, 3);
    }
  }

  private mark(name: string, safe: number, marked: Set<string>, depth: number): void {
    if (depth === 0 || marked.has(name)) return;
    marked.add(name);
    const binding = this.lookup(name);
    if (!binding) {
      this.declare(name, { value: madeSafe(UNKNOWN_VALUE, safe) });
      return;
    }
    this.assign(name, { ...binding, value: madeSafe(binding.value, safe) });
    for (const source of binding.sources ?? []) this.mark(source, safe, marked, depth - 1);
    for (let scope: Scope | null = this; scope; scope = scope.parent) {
      for (const [other, { sources }] of scope.bindings)
        if (sources?.includes(name)) this.mark(other, safe, marked, depth - 1);
    }
  }

  beginBranch(): void {
    this.shared.journals.push([]);
  }

  /** Ends a branch and takes its writes back; returns what the variables were at its end. */
  endBranch(): Map<Scope, Map<string, Binding>> {
    const journal = this.shared.journals.pop() ?? [];
    if (journal.length > 0) this.shared.writes++;
    const final = new Map<Scope, Map<string, Binding>>();
    for (const { scope, name } of journal) {
      const byName = final.get(scope) ?? new Map<string, Binding>();
      final.set(scope, byName);
      const binding = scope.bindings.get(name);
      if (binding) byName.set(name, binding);
    }
    for (const { scope, name, before } of journal.reverse()) {
      if (before) scope.bindings.set(name, before);
      else scope.bindings.delete(name);
    }
    return final;
  }

  /** Joins the ends of branches that fall through. `complete`: no path goes around all of them. */
  mergeBranches(ends: readonly Map<Scope, Map<string, Binding>>[], complete: boolean): void {
    const touched = new Map<Scope, Set<string>>();
    for (const end of ends)
      for (const [scope, byName] of end) {
        const names = touched.get(scope) ?? new Set<string>();
        touched.set(scope, names);
        for (const name of byName.keys()) names.add(name);
      }
    for (const [scope, names] of touched)
      for (const name of names) {
        const before = scope.bindings.get(name);
        const options = ends.map((end) => end.get(scope)?.get(name) ?? before);
        if (!complete) options.push(before);
        const present = options.filter((option) => option !== undefined);
        const last = present.find((option) => option !== before) ?? present[0];
        if (!last) continue;
        const value = present.map((option) => option.value).reduce(either);
        const sources = [...new Set(present.flatMap((option) => option.sources ?? []))];
        this.write(scope, name, { ...last, value, sources });
      }
  }
}
