/**
 * @file Syntax trees over web-tree-sitter and the grammars of @vscode/tree-sitter-wasm; C is read by the C++ grammar.
 * Grammars load once per process. A tree lives in WebAssembly memory: free it, or use `withSyntax`.
 * Real C functions may hold error nodes from macros, so count errors and compare; never demand zero.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Language as Grammar, Parser, type Node, type Tree } from 'web-tree-sitter';
import { Vul2SafeError, inputError } from '../kernel/errors.ts';
import type { Language } from '../data/vulnerable-function.ts';

export type SyntaxNode = Node;

export interface SyntaxTree {
  readonly language: Language;
  readonly code: string;
  readonly root: SyntaxNode;
  /** Error and missing nodes. */
  readonly errors: number;
  free(): void;
}

const GRAMMAR_FILES: Partial<Record<Language, string>> = {
  c: 'cpp',
  cpp: 'cpp',
  python: 'python',
  javascript: 'javascript',
  typescript: 'tsx',
  java: 'java',
  go: 'go',
  php: 'php',
  ruby: 'ruby',
  rust: 'rust',
  csharp: 'c-sharp',
};

export const hasGrammar = (language: Language): boolean => GRAMMAR_FILES[language] !== undefined;

const resolve = createRequire(import.meta.url).resolve;
let started: Promise<void> | undefined;
const loading = new Map<string, Promise<void>>();
const parsers = new Map<string, Parser>();
/** The WebAssembly module's own functions, once a grammar is loaded; who uses them needs a way without them. */
export const treeSitterBinding: Record<string, unknown> = {};

/** Makes `parseSyntaxSync` usable for a language. Throws `input` when there is no grammar for it. */
export async function loadGrammar(language: Language): Promise<void> {
  const file = GRAMMAR_FILES[language];
  if (file === undefined)
    throw inputError(
      `no grammar for language "${language}"`,
      `languages with one: ${Object.keys(GRAMMAR_FILES).join(', ')}`,
    );
  let load = loading.get(file);
  if (load === undefined) {
    load = createParser(file);
    loading.set(file, load);
  }
  await load;
}

async function createParser(file: string): Promise<void> {
  started ??= Parser.init(treeSitterBinding);
  await started;
  const folder = dirname(resolve('@vscode/tree-sitter-wasm'));
  const grammar = await Grammar.load(join(folder, `tree-sitter-${file}.wasm`));
  const parser = new Parser();
  parser.setLanguage(grammar);
  parsers.set(file, parser);
}

/** Whether `parseSyntaxSync` can be used for a language now. */
export const grammarLoaded = (language: Language): boolean =>
  parsers.has(GRAMMAR_FILES[language] ?? '');

/** Parses any text; the caller frees the tree. */
export async function parseSyntax(language: Language, code: string): Promise<SyntaxTree> {
  await loadGrammar(language);
  return parseSyntaxSync(language, code);
}

/** As `parseSyntax`, once `loadGrammar(language)` has been awaited. */
export function parseSyntaxSync(language: Language, code: string): SyntaxTree {
  const parser = parsers.get(GRAMMAR_FILES[language] ?? '');
  if (parser === undefined)
    throw new Vul2SafeError('failed', `the grammar for "${language}" is not loaded`, {
      hint: 'await loadGrammar(language) first',
    });
  const tree = parser.parse(code);
  if (tree === null)
    throw new Vul2SafeError(
      'failed',
      `the ${language} parser gave no tree for ${code.length} units of text`,
    );
  return {
    language,
    code,
    root: tree.rootNode,
    errors: countErrors(tree),
    free: () => tree.delete(),
  };
}

/** Parses, hands the tree to `use`, and frees it whatever happens. */
export function withSyntax<T>(language: Language, code: string, use: (tree: SyntaxTree) => T): T {
  const tree = parseSyntaxSync(language, code);
  try {
    return use(tree);
  } finally {
    tree.free();
  }
}

function countErrors(tree: Tree): number {
  if (!tree.rootNode.hasError) return 0;
  let errors = 0;
  walkSyntax(tree.rootNode, (node) => {
    if (node.isError || node.isMissing) errors++;
    return node.hasError;
  });
  return errors;
}

/** Depth first, parents before children; return false to skip a node's children. Iterative: depth is no limit. */
export function walkSyntax(
  root: SyntaxNode,
  visit: (node: SyntaxNode, depth: number) => unknown,
): void {
  const cursor = root.walk();
  try {
    let depth = 0;
    for (;;) {
      const enter = visit(cursor.currentNode, depth) !== false;
      if (enter && cursor.gotoFirstChild()) {
        depth++;
        continue;
      }
      while (!cursor.gotoNextSibling()) {
        if (depth === 0) return;
        cursor.gotoParent();
        depth--;
      }
      if (depth === 0) return;
    }
  } finally {
    cursor.delete();
  }
}
