/** @file All JavaScript and TypeScript rules, and the walk that asks them. */
import { indexRules, type RawFinding, type Rule } from '../rule.ts';
import type { SyntaxNode } from '../syntax-node.ts';
import { JAVASCRIPT_IDIOMS } from './idioms.ts';
import { CRYPTO_RULES } from './rules-crypto.ts';
import { FILE_RULES } from './rules-files.ts';
import { INJECTION_RULES } from './rules-injection.ts';
import { OBJECT_RULES } from './rules-objects.ts';
import { RESPONSE_RULES } from './rules-responses.ts';
import { SECRET_RULES } from './rules-secrets.ts';
import { WEB_RULES } from './rules-web.ts';
import { JavaScriptWalker } from './walker.ts';

export const JAVASCRIPT_RULES: readonly Rule[] = [
  ...INJECTION_RULES,
  ...FILE_RULES,
  ...WEB_RULES,
  ...RESPONSE_RULES,
  ...CRYPTO_RULES,
  ...SECRET_RULES,
  ...OBJECT_RULES,
];
const index = indexRules(JAVASCRIPT_RULES);

export const analyzeJavaScript = (root: SyntaxNode, code: string): RawFinding[] =>
  new JavaScriptWalker(root, code, index).run();

const idioms = indexRules(JAVASCRIPT_IDIOMS);

export const findIdiomsJavaScript = (root: SyntaxNode, code: string): RawFinding[] =>
  new JavaScriptWalker(root, code, idioms).run();
