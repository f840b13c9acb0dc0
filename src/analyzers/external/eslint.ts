/**
 * @file eslint's security rules where the user's own project has them: eslint with eslint-plugin-security and, if there,
 * eslint-plugin-no-unsanitized, resolved from the working folder (or VUL2SAFE_ESLINT_PROJECT) and run in process with our
 * choice of rules, not the project's. detect-object-injection and its like fire on most honest code and are left out.
 */
import { z } from 'zod';
import type { Analyzer, Severity } from '../finding.ts';
import { loadFromProject, openLinter } from './eslint-module.ts';
import { createToolAnalyzer, type ToolReport } from './tool.ts';

/** Rule -> CWE and severity. */
const RULES: Readonly<Record<string, readonly [cwe: string, severity: Severity]>> = {
  'security/detect-child-process': ['CWE-78', 'high'],
  'security/detect-eval-with-expression': ['CWE-95', 'high'],
  'security/detect-non-literal-fs-filename': ['CWE-22', 'medium'],
  'security/detect-non-literal-require': ['CWE-829', 'medium'],
  'security/detect-non-literal-regexp': ['CWE-1333', 'low'],
  'security/detect-unsafe-regex': ['CWE-1333', 'medium'],
  'security/detect-possible-timing-attacks': ['CWE-208', 'low'],
  'security/detect-pseudoRandomBytes': ['CWE-338', 'medium'],
  'security/detect-disable-mustache-escape': ['CWE-79', 'medium'],
  'security/detect-no-csrf-before-method-override': ['CWE-352', 'medium'],
  'security/detect-buffer-noassert': ['CWE-125', 'medium'],
  'no-unsanitized/method': ['CWE-79', 'high'],
  'no-unsanitized/property': ['CWE-79', 'high'],
  'no-implied-eval': ['CWE-95', 'high'],
  'no-new-func': ['CWE-95', 'high'],
};

const messagesSchema = z.array(
  z.object({
    ruleId: z.string().nullable(),
    fatal: z.boolean().optional(),
    message: z.string(),
    line: z.number().default(1),
    column: z.number().default(1),
    endLine: z.number().nullish(),
    endColumn: z.number().nullish(),
  }),
);

/** eslint's messages as reports; `shift` lines were put before the text. A text eslint cannot parse is not analysable. */
export function reportsOfEslint(messages: unknown, shift: number): ToolReport[] | string {
  const parsed = messagesSchema.parse(messages);
  const broken = parsed.find((one) => one.fatal === true);
  if (broken) return `eslint: ${broken.message}`;
  return parsed.flatMap((one): ToolReport[] => {
    const known = RULES[one.ruleId ?? ''];
    if (!known || one.line <= shift) return [];
    return [
      {
        ruleId: one.ruleId!,
        cwe: [known[0]],
        line: one.line - shift,
        column: one.column,
        endLine: one.endLine ? one.endLine - shift : undefined,
        endColumn: one.endColumn ?? undefined,
        severity: known[1],
        confidence: 0.5,
        message: one.message,
      },
    ];
  });
}

/** The plugins follow modules by their `require`: a function seen alone gets one. */
const PRELUDE = "var child_process = require('child_process'), fs = require('fs');\n";

export async function createEslint(): Promise<Analyzer | undefined> {
  const eslint = await loadFromProject('eslint');
  const security = await loadFromProject('eslint-plugin-security');
  if (!eslint || !security) return undefined;
  const unsanitized = await loadFromProject('eslint-plugin-no-unsanitized');
  const { linter, version } = openLinter(eslint);
  const plugins = { security, ...(unsanitized ? { 'no-unsanitized': unsanitized } : {}) };
  const rules = Object.fromEntries(
    Object.keys(RULES)
      .filter((rule) => unsanitized !== undefined || !rule.startsWith('no-unsanitized/'))
      .map((rule) => [rule, 'error']),
  );
  const configFor = (sourceType: string): readonly object[] => [
    {
      files: ['**/*'],
      languageOptions: { ecmaVersion: 'latest', sourceType },
      linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'off' },
      plugins,
      rules,
    },
  ];
  return createToolAnalyzer({
    name: 'eslint',
    version,
    languages: ['javascript'],
    report: (source) => {
      const module = /^\s*(import|export)\s/m.test(source.code);
      const head = module || /\brequire\s*\(/.test(source.code) ? '' : PRELUDE;
      const messages = linter.verify(
        head + source.code,
        configFor(module ? 'module' : 'commonjs'),
        { filename: 'source.js' },
      );
      return Promise.resolve(reportsOfEslint(messages, head === '' ? 0 : 1));
    },
  });
}
