/**
 * @file The embedded analyzer: parse, copy the tree, walk once with all rules of the language. Needs nothing installed.
 * Policy on broken code: JavaScript and Python with a syntax error are not analysable, since such a program does not
 * run. Real C is full of macros no parser can expand, so C and C++ are analysed all the same, with confidence halved
 * inside broken nodes' functions, and are not analysable only when errors cover a good part of the text.
 */
import { hasGrammar, loadGrammar } from '../../code/syntax-tree.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import { messageOf } from '../../kernel/errors.ts';
import type { Analysis, Analyzer, Finding, SourceText } from '../finding.ts';
import { createLineIndex } from '../positions.ts';
import { analyzeC } from './c/index.ts';
import { analyzeJavaScript } from './javascript/index.ts';
import { analyzePython } from './python/index.ts';
import type { RawFinding } from './rule.ts';
import { parsePlain, type PlainTree } from './parse-source.ts';
import { type SyntaxNode, walk } from './syntax-node.ts';

export const EMBEDDED_TOOL = 'vul2safe';
/** Raised whenever a rule changes what it reports. */
export const EMBEDDED_VERSION = '4';
export const EMBEDDED_LANGUAGES: readonly Language[] = [
  'javascript',
  'typescript',
  'python',
  'c',
  'cpp',
];

const WALKERS: Partial<Record<Language, (root: SyntaxNode, code: string) => RawFinding[]>> = {
  javascript: analyzeJavaScript,
  typescript: analyzeJavaScript,
  python: analyzePython,
  c: analyzeC,
  cpp: analyzeC,
};

export interface EmbeddedAnalyzer extends Analyzer {
  /** As `analyze`, without a promise; the grammars are loaded. Give the text's tree where it is at hand. */
  analyzeSync(source: SourceText, tree?: PlainTree): Analysis;
}

export async function createEmbeddedAnalyzer(
  languages: readonly Language[] = EMBEDDED_LANGUAGES,
): Promise<EmbeddedAnalyzer> {
  for (const language of languages) if (hasGrammar(language)) await loadGrammar(language);
  const known = languages.filter((language) => WALKERS[language] !== undefined);
  const analyzeSync = (source: SourceText, tree?: PlainTree): Analysis => {
    try {
      return analyzeEmbedded(source, known, tree);
    } catch (thrown) {
      // The walks recurse as deep as the program nests; only a hostile text nests deeper than the stack.
      if (thrown instanceof RangeError)
        return { status: 'not-analysable', reason: 'nested too deeply' };
      // A fault of a rule costs this text its analysis, said aloud, and no other text.
      return { status: 'not-analysable', reason: `a rule failed: ${messageOf(thrown)}` };
    }
  };
  return {
    name: EMBEDDED_TOOL,
    version: EMBEDDED_VERSION,
    languages: known,
    analyzeSync,
    analyze: (source) => Promise.resolve(analyzeSync(source)),
  };
}

function analyzeEmbedded(
  source: SourceText,
  known: readonly Language[],
  tree: PlainTree | undefined,
): Analysis {
  const analyze = WALKERS[source.language];
  if (!analyze || !known.includes(source.language))
    return { status: 'not-analysable', reason: `no embedded rules for ${source.language}` };
  if (source.code.trim() === '') return { status: 'not-analysable', reason: 'the text is empty' };
  const { root, code, errors } = tree ?? parsePlain(source);
  const tolerant = source.language === 'c' || source.language === 'cpp';
  if (errors > 0 && !tolerant)
    return {
      status: 'not-analysable',
      reason: `${errors} syntax error${errors === 1 ? '' : 's'}`,
    };
  if (errors > 0 && brokenShare(root) > 0.5)
    return { status: 'not-analysable', reason: 'more than half of the text is not understood' };
  const raw = analyze(root, code);
  const doubt = errors > 0 ? 0.5 : 1;
  const lines = createLineIndex(source.code);
  const findings = raw.map(({ rule, hit }): Finding => {
    const from = lines(hit.node.start);
    const to = lines(hit.node.end);
    return {
      tool: EMBEDDED_TOOL,
      toolVersion: EMBEDDED_VERSION,
      ruleId: rule.id,
      cwe: hit.cwe ?? rule.cwe,
      file: source.file,
      start: hit.node.start,
      end: hit.node.end,
      startLine: from.line,
      startColumn: from.column,
      endLine: to.line,
      endColumn: to.column,
      severity: hit.severity ?? rule.severity,
      confidence: (hit.confidence ?? rule.confidence) * doubt,
      precision: hit.precision ?? rule.precision ?? 'medium',
      message: hit.message ?? rule.message,
    };
  });
  return {
    status: 'analysed',
    findings: findings.sort((a, b) => a.start - b.start || a.end - b.end),
    syntaxErrors: errors,
  };
}

function brokenShare(root: SyntaxNode): number {
  let broken = 0;
  walk(root, (node) => {
    if (node.type !== 'ERROR') return undefined;
    broken += node.end - node.start;
    return false;
  });
  return broken / Math.max(1, root.end - root.start);
}
