/** @file All Python rules, and the walk that asks them. */
import { indexRules, type RawFinding, type Rule } from '../rule.ts';
import type { SyntaxNode } from '../syntax-node.ts';
import { PYTHON_IDIOMS } from './idioms.ts';
import { CRYPTO_RULES } from './rules-crypto.ts';
import { FILE_RULES } from './rules-files.ts';
import { INJECTION_RULES } from './rules-injection.ts';
import { SETTINGS_RULES } from './rules-settings.ts';
import { WEB_RULES } from './rules-web.ts';
import { PythonWalker } from './walker.ts';

export const PYTHON_RULES: readonly Rule[] = [
  ...INJECTION_RULES,
  ...FILE_RULES,
  ...WEB_RULES,
  ...CRYPTO_RULES,
  ...SETTINGS_RULES,
];
const index = indexRules(PYTHON_RULES);

export const analyzePython = (root: SyntaxNode, code: string): RawFinding[] =>
  new PythonWalker(root, code, index).run();

const idioms = indexRules(PYTHON_IDIOMS);

export const findIdiomsPython = (root: SyntaxNode, code: string): RawFinding[] =>
  new PythonWalker(root, code, idioms).run();
