/** @file What suites judge with, made once and only when first needed: sandboxes and analyzers. Absent tools are a "missing" error with what to install. */
import { analyzersNamed } from '../../analyzers/available.ts';
import { EMBEDDED_TOOL } from '../../analyzers/embedded/analyzer.ts';
import { SHOWN_PRECISION, withPrecision } from '../../analyzers/precision.ts';
import { linterFor, type LinterChoice } from '../../analyzers/lint/available.ts';
import { unionOf } from '../../analyzers/union.ts';
import type { Analyzer } from '../../analyzers/finding.ts';
import type { Language } from '../../data/vulnerable-function.ts';
import { missingError } from '../../kernel/errors.ts';
import { createBubblewrapSandbox } from '../../sandbox/bubblewrap/sandbox.ts';
import type { BubblewrapSandbox } from '../../sandbox/bubblewrap/sandbox.ts';
import { createQuickJsSandbox } from '../../sandbox/quickjs/quickjs-sandbox.ts';
import type { Sandbox, SandboxLimits } from '../../sandbox/sandbox.ts';

export interface SuiteTools {
  readonly limits: SandboxLimits;
  sandboxFor(language: Language): Promise<Sandbox>;
  /** Runs Python, C and whole jobs of files and commands. */
  bubblewrap(): BubblewrapSandbox;
  /** null where no analyzer covers the language. */
  analyzerFor(language: Language): Promise<Analyzer | null>;
  /** Counts what is no weakness but would be asked to be changed; null with the reason where nothing does. */
  linterFor(language: Language): Promise<LinterChoice>;
  close(): Promise<void>;
}

export const DEFAULT_LIMITS: SandboxLimits = { wallMs: 10_000, memoryMb: 512 };

export function createSuiteTools(
  options: { limits?: SandboxLimits; analyzers?: readonly string[] } = {},
): SuiteTools {
  let native: BubblewrapSandbox | undefined;
  let quickJs: Promise<Sandbox> | undefined;
  let analyzers: Promise<readonly Analyzer[]> | undefined;
  const linters = new Map<Language, Promise<LinterChoice>>();
  const bubblewrap = (): BubblewrapSandbox => {
    native ??= createBubblewrapSandbox({ sitePackages: true });
    return native;
  };
  return {
    limits: options.limits ?? DEFAULT_LIMITS,
    bubblewrap,
    sandboxFor(language) {
      if (language === 'javascript') {
        quickJs ??= createQuickJsSandbox();
        return quickJs;
      }
      if (language === 'python' || language === 'c' || language === 'cpp')
        return Promise.resolve(bubblewrap());
      throw missingError(
        `no sandbox runs ${language}`,
        'JavaScript, Python and C programs can be executed; for other languages use a suite judged by analyzers',
      );
    },
    async analyzerFor(language) {
      analyzers ??= analyzersNamed(options.analyzers ?? [EMBEDDED_TOOL]);
      return unionOf(
        (await analyzers).map((analyzer) => withPrecision(analyzer, SHOWN_PRECISION)),
        language,
      );
    },
    linterFor(language) {
      const known = linters.get(language) ?? linterFor(language);
      linters.set(language, known);
      return known;
    },
    async close() {
      await native?.close();
      await (await quickJs)?.close();
    },
  };
}
