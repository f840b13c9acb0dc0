/** @file Which analyzers this machine has, and what to install for the others. */
import { missingError, usageError } from '../kernel/errors.ts';
import { createEmbeddedAnalyzer, EMBEDDED_TOOL } from './embedded/analyzer.ts';
import { createBandit } from './external/bandit.ts';
import { createClangAnalyzer } from './external/clang.ts';
import { createCppcheck } from './external/cppcheck.ts';
import { createEslint } from './external/eslint.ts';
import { createFlawfinder } from './external/flawfinder.ts';
import { createGccAnalyzer } from './external/gcc.ts';
import { createRuff } from './external/ruff.ts';
import type { Analyzer } from './finding.ts';

interface Candidate {
  readonly name: string;
  readonly howToInstall: string;
  readonly create: () => Promise<Analyzer | undefined>;
}

const CANDIDATES: readonly Candidate[] = [
  {
    name: EMBEDDED_TOOL,
    howToInstall: 'part of this package',
    create: () => createEmbeddedAnalyzer(),
  },
  { name: 'ruff', howToInstall: 'npm install @astral-sh/ruff-wasm-nodejs', create: createRuff },
  {
    name: 'cppcheck',
    howToInstall: 'apt install cppcheck (brew install cppcheck)',
    create: createCppcheck,
  },
  { name: 'gcc', howToInstall: 'apt install gcc, version 10 or later', create: createGccAnalyzer },
  { name: 'clang', howToInstall: 'apt install clang', create: createClangAnalyzer },
  {
    name: 'flawfinder',
    howToInstall: 'apt install flawfinder (pip install flawfinder)',
    create: () => createFlawfinder(),
  },
  { name: 'bandit', howToInstall: 'pip install bandit', create: createBandit },
  {
    name: 'eslint',
    howToInstall:
      'npm install -D eslint eslint-plugin-security in the folder you work in (or set VUL2SAFE_ESLINT_PROJECT)',
    create: createEslint,
  },
];

export const ANALYZER_NAMES: readonly string[] = CANDIDATES.map((candidate) => candidate.name);

export interface AvailableAnalyzer {
  readonly name: string;
  readonly analyzer?: Analyzer;
  /** How to install it, where it is missing. */
  readonly missing?: string;
}

/** Probes the named analyzers, all by default. */
export const availableAnalyzers = (
  names: readonly string[] = ANALYZER_NAMES,
): Promise<AvailableAnalyzer[]> =>
  Promise.all(
    CANDIDATES.filter((candidate) => names.includes(candidate.name)).map(
      async ({ name, howToInstall, create }) => {
        const analyzer = await create();
        return analyzer ? { name, analyzer } : { name, missing: howToInstall };
      },
    ),
  );

/** The named analyzers, or all that are here for "all". Unknown names are a usage error, missing tools say what to install. */
export async function analyzersNamed(
  names: readonly string[],
  onMissing?: (name: string, howToInstall: string) => void,
): Promise<Analyzer[]> {
  const everything = names.length === 1 && names[0] === 'all';
  const wanted = everything ? ANALYZER_NAMES : names;
  const unknown = wanted.find((name) => !ANALYZER_NAMES.includes(name));
  if (unknown !== undefined)
    throw usageError(`unknown analyzer "${unknown}"`, `known: ${ANALYZER_NAMES.join(', ')}, all`);
  const available = await availableAnalyzers(wanted);
  for (const { name, missing } of available) {
    if (missing === undefined) continue;
    if (!everything) throw missingError(`${name} is not installed`, missing);
    onMissing?.(name, missing);
  }
  return available.flatMap(({ analyzer }) => analyzer ?? []);
}
