/** @file Which linter this machine has for a language, or why code in it is not measured. */
import type { Language } from '../../data/vulnerable-function.ts';
import { createEslintLinter } from './eslint.ts';
import type { Linter } from './linter.ts';
import { createRuffLinter } from './ruff.ts';

export interface LinterChoice {
  readonly linter: Linter | null;
  /** Why there is none; '' where there is one. */
  readonly reason: string;
}

export async function linterFor(language: Language): Promise<LinterChoice> {
  if (language === 'python') {
    const linter = await createRuffLinter();
    return linter
      ? { linter, reason: '' }
      : { linter, reason: 'ruff is not installed (npm install @astral-sh/ruff-wasm-nodejs)' };
  }
  if (language === 'javascript') {
    const linter = await createEslintLinter();
    return linter
      ? { linter, reason: '' }
      : {
          linter,
          reason:
            'eslint is not installed in the working folder (npm install -D eslint, or set VUL2SAFE_ESLINT_PROJECT)',
        };
  }
  return { linter: null, reason: `no linter covers ${language}` };
}
