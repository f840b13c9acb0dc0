/**
 * @file gcc -fanalyzer. Needs code that compiles, so bare functions get the C library's headers in front; only warnings of
 * an allow-list are kept, since the rest is style. Text that does not compile is not analysable.
 */
import { z } from 'zod';
import type { Analyzer } from '../finding.ts';
import { probeVersion, runTool, withTemporaryFile } from './process.ts';
import { createToolAnalyzer, type ToolReport } from './tool.ts';

/** Warning -> CWE, where gcc 12 gives none itself. */
const WARNINGS: Readonly<Record<string, string>> = {
  '-Wformat-security': 'CWE-134',
  '-Wformat-overflow=': 'CWE-787',
  '-Wstringop-overflow=': 'CWE-787',
  '-Wstringop-overread': 'CWE-125',
  '-Warray-bounds': 'CWE-125',
  '-Wuninitialized': 'CWE-457',
  '-Wuse-after-free': 'CWE-416',
  '-Wfree-nonheap-object': 'CWE-590',
  '-Wreturn-local-addr': 'CWE-562',
  '-Wdangling-pointer=': 'CWE-562',
  '-Wsizeof-pointer-memaccess': 'CWE-467',
  '-Wdiv-by-zero': 'CWE-369',
};
const LEFT_OUT = /^-Wanalyzer-(malloc-leak|file-leak|fd-leak|too-complex)$/;

export const C_PRELUDE =
  '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <stdint.h>\n#include <stddef.h>\n#include <unistd.h>\n#include <fcntl.h>\n#include <errno.h>\n#include <sys/types.h>\n#include <sys/stat.h>\n';
export const PRELUDE_LINES = C_PRELUDE.split('\n').length - 1;

const diagnosticSchema = z.array(
  z.object({
    kind: z.string(),
    message: z.string(),
    option: z.string().optional(),
    metadata: z.object({ cwe: z.number().optional() }).optional(),
    locations: z.array(
      z.object({
        caret: z.object({ line: z.number(), 'byte-column': z.number(), file: z.string() }),
        finish: z.object({ line: z.number(), 'byte-column': z.number() }).optional(),
      }),
    ),
  }),
);

export function parseGccJson(text: string, shiftLines: number): ToolReport[] | string {
  const line = text.split('\n').find((one) => one.startsWith('['));
  if (!line) return 'gcc: no diagnostics in JSON';
  const parsed = diagnosticSchema.safeParse(JSON.parse(line));
  if (!parsed.success) return 'gcc: diagnostics of an unknown form';
  const error = parsed.data.find((one) => /error/.test(one.kind));
  if (error) return `gcc: does not compile: ${error.message}`;
  return parsed.data.flatMap((one) => {
    const option = one.option ?? '';
    const cwe = one.metadata?.cwe === undefined ? WARNINGS[option] : `CWE-${one.metadata.cwe}`;
    const caret = one.locations[0]?.caret;
    if (!cwe || !caret || LEFT_OUT.test(option) || caret.line <= shiftLines) return [];
    return [
      {
        ruleId: option,
        cwe: [cwe],
        line: caret.line - shiftLines,
        column: caret['byte-column'],
        severity: 'high' as const,
        confidence: 0.8,
        message: one.message,
      },
    ];
  });
}

export async function createGccAnalyzer(): Promise<Analyzer | undefined> {
  const version = await probeVersion('gcc');
  if (!version || Number.parseInt(version, 10) < 10) return undefined;
  return createToolAnalyzer({
    name: 'gcc',
    version,
    languages: ['c'],
    report: (source) => {
      const bare = !/^\s*#\s*include/m.test(source.code);
      return withTemporaryFile(
        'source.c',
        (bare ? C_PRELUDE : '') + source.code,
        async (file, folder) => {
          const result = await runTool(
            'gcc',
            [
              '-c',
              '-O2',
              '-w',
              '-fanalyzer',
              '-Wformat=2',
              '-Wformat-overflow=1',
              '-Wstringop-overflow=2',
              '-Warray-bounds',
              '-Wuninitialized',
              '-fdiagnostics-format=json',
              '-o',
              '/dev/null',
              file,
            ].filter((flag) => flag !== '-w'),
            { timeoutMs: 60_000, cwd: folder },
          );
          if (result.timedOut) return 'gcc: stopped after 60 s';
          return parseGccJson(result.stderr, bare ? PRELUDE_LINES : 0);
        },
      );
    },
  });
}
