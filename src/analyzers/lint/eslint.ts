/**
 * @file eslint's own core rules on correctness and clarity, where the user's project has eslint (9 or later). The rules are ours,
 * not the project's, and comments in the code cannot switch them off. Layout rules and globals are left out: a function seen
 * alone has neither a house style nor a known environment. Unused names count within functions only, as exports are not seen.
 */
import { loadFromProject, openLinter } from '../external/eslint-module.ts';
import { z } from 'zod';
import type { Linter } from './linter.ts';

const RULES = [
  ...[
    'array-callback-return',
    'eqeqeq',
    'for-direction',
    'getter-return',
    'no-async-promise-executor',
  ],
  ...[
    'no-case-declarations',
    'no-class-assign',
    'no-compare-neg-zero',
    'no-cond-assign',
    'no-const-assign',
  ],
  ...['no-constant-binary-expression', 'no-constant-condition', 'no-delete-var', 'no-dupe-args'],
  ...[
    'no-dupe-class-members',
    'no-dupe-else-if',
    'no-dupe-keys',
    'no-duplicate-case',
    'no-else-return',
  ],
  ...['no-empty', 'no-empty-pattern', 'no-ex-assign', 'no-extra-bind', 'no-extra-boolean-cast'],
  ...[
    'no-fallthrough',
    'no-func-assign',
    'no-invalid-regexp',
    'no-irregular-whitespace',
    'no-lonely-if',
  ],
  ...['no-loop-func', 'no-loss-of-precision', 'no-misleading-character-class', 'no-param-reassign'],
  ...['no-prototype-builtins', 'no-self-assign', 'no-self-compare', 'no-sequences'],
  ...['no-setter-return', 'no-shadow-restricted-names', 'no-sparse-arrays', 'no-this-before-super'],
  ...['no-throw-literal', 'no-unneeded-ternary', 'no-unreachable', 'no-unreachable-loop'],
  ...[
    'no-unsafe-finally',
    'no-unsafe-negation',
    'no-unsafe-optional-chaining',
    'no-unused-expressions',
  ],
  ...[
    'no-unused-labels',
    'no-useless-catch',
    'no-useless-concat',
    'no-useless-escape',
    'no-useless-rename',
  ],
  ...[
    'no-useless-return',
    'no-var',
    'no-with',
    'prefer-const',
    'require-yield',
    'use-isnan',
    'valid-typeof',
  ],
];
const WITH_OPTIONS = {
  'no-redeclare': ['error', { builtinGlobals: false }],
  'no-unused-vars': ['error', { vars: 'local', args: 'after-used', caughtErrors: 'none' }],
};

const messagesSchema = z.array(
  z.object({
    ruleId: z.string().nullable(),
    fatal: z.boolean().optional(),
    message: z.string(),
    line: z.number().default(1),
  }),
);

/** null where the working folder's project has no eslint. */
export async function createEslintLinter(): Promise<Linter | null> {
  const eslint = await loadFromProject('eslint');
  if (!eslint) return null;
  const { linter, version } = openLinter(eslint);
  const rules = { ...Object.fromEntries(RULES.map((rule) => [rule, 'error'])), ...WITH_OPTIONS };
  return {
    name: `eslint ${version}`,
    languages: ['javascript'],
    lint(code) {
      const module = /^\s*(import|export)\s/m.test(code);
      const messages = linter.verify(
        code,
        [
          {
            files: ['**/*'],
            languageOptions: {
              ecmaVersion: 'latest',
              sourceType: module ? 'module' : 'script',
            },
            linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'off' },
            rules,
          },
        ],
        { filename: 'source.js' },
      );
      const parsed = messagesSchema.parse(messages);
      const broken = parsed.find((one) => one.fatal === true);
      if (broken) return `does not parse: ${broken.message}`;
      return parsed.flatMap((one) =>
        one.ruleId ? [{ rule: one.ruleId, line: one.line, message: one.message }] : [],
      );
    },
  };
}
