/**
 * @file The clang static analyzer, tuned: the checker that bans strcpy and sprintf outright is off (it fires on fixed code
 * too), the taint and bounds checkers are on. Speaks SARIF; gives no CWE ids, so checkers are mapped here.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Analyzer } from '../finding.ts';
import { resultsOfSarif } from '../sarif.ts';
import { C_PRELUDE, PRELUDE_LINES } from './gcc.ts';
import { probeVersion, runTool, withTemporaryFile } from './process.ts';
import { createToolAnalyzer } from './tool.ts';

const CWE_OF: readonly (readonly [RegExp, string])[] = [
  [/NullDereference|NonNull|nullability/, 'CWE-476'],
  [/unix\.Malloc$|cplusplus\.NewDelete$/, 'CWE-416'],
  [/MallocSizeof|MallocOverflow/, 'CWE-190'],
  [/DivideZero/, 'CWE-369'],
  [/StackAddressEscape/, 'CWE-562'],
  [/VLASize|taint\.TaintPropagation/, 'CWE-789'],
  [/uninitialized|UndefReturn|UndefinedBinaryOperatorResult|CallAndMessage/, 'CWE-457'],
  [/ArrayBound|OutOfBounds|BadSizeArg|cstring\.(NotNull|NullArg)/, 'CWE-787'],
  [/insecureAPI\.(gets|strcpy|sprintf|vfork|getpw)/, 'CWE-120'],
  [/insecureAPI\.(mktemp|mkstemp)/, 'CWE-377'],
  [/insecureAPI\.(rand|random)/, 'CWE-338'],
  [/insecureAPI\.UncheckedReturn/, 'CWE-252'],
  [/FloatLoopCounter|Vfork|API$/, 'CWE-676'],
];
const FLAGS = ['-Xclang', '-analyzer-config', '-Xclang', 'unroll-loops=true'];
const CHECKERS = {
  off: 'security.insecureAPI.DeprecatedOrUnsafeBufferHandling,deadcode,optin',
  on: 'security,alpha.security,alpha.unix.cstring.OutOfBounds,alpha.unix.cstring.BufferOverlap',
};

export async function createClangAnalyzer(): Promise<Analyzer | undefined> {
  const version = await probeVersion('clang');
  if (!version) return undefined;
  return createToolAnalyzer({
    name: 'clang',
    version,
    languages: ['c', 'cpp'],
    report: (source) => {
      const bare = source.language === 'c' && !/^\s*#\s*include/m.test(source.code);
      return withTemporaryFile(
        source.language === 'c' ? 'source.c' : 'source.cpp',
        (bare ? C_PRELUDE : '') + source.code,
        async (file, folder) => {
          const out = join(folder, 'out.sarif');
          const result = await runTool(
            'clang',
            [
              '--analyze',
              '--analyzer-output',
              'sarif',
              '-Xclang',
              '-analyzer-checker',
              '-Xclang',
              CHECKERS.on,
              '-Xclang',
              '-analyzer-disable-checker',
              '-Xclang',
              CHECKERS.off,
              ...FLAGS,
              '-o',
              out,
              file,
            ],
            { timeoutMs: 60_000, cwd: folder },
          );
          if (result.timedOut) return 'clang: stopped after 60 s';
          const error = /error: (.*)/.exec(result.stderr)?.[1];
          if (error) return `clang: does not compile: ${error}`;
          const text = await readFile(out, 'utf8').catch(() => '');
          if (text === '') return `clang: wrote no result: ${result.stderr.slice(0, 200)}`;
          const shift = bare ? PRELUDE_LINES : 0;
          return resultsOfSarif(text)
            .filter((one) => one.line > shift)
            .flatMap((one) => {
              const cwe = CWE_OF.find(([pattern]) => pattern.test(one.ruleId))?.[1];
              return cwe
                ? [
                    {
                      ...one,
                      cwe: [cwe],
                      line: one.line - shift,
                      endLine: one.endLine === undefined ? undefined : one.endLine - shift,
                      confidence: 0.75,
                    },
                  ]
                : [];
            });
        },
      );
    },
  });
}
