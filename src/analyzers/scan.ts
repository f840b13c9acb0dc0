/** @file Scanning a folder: every file in a language some analyzer reads; what could not be read is listed, not passed over. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { detectLanguage } from '../code/languages.ts';
import { cweName } from './cwe.ts';
import type { Analyzer, Finding } from './finding.ts';
import type { NotAnalysable } from './sarif.ts';

const SKIPPED_FOLDERS = new Set([
  'node_modules',
  '.git',
  '.hg',
  '.svn',
  'dist',
  'build',
  '__pycache__',
  '.venv',
  'venv',
]);
const MAXIMUM_BYTES = 1_000_000;

export interface ScanResult {
  readonly files: number;
  readonly lines: number;
  readonly findings: readonly Finding[];
  readonly notAnalysable: readonly NotAnalysable[];
}

/** Files below a path, sorted; the path itself when it is a file. */
export async function filesBelow(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const files: string[] = [];
  for (const entry of (await readdir(path, { withFileTypes: true })).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name))
      files.push(...(await filesBelow(join(path, entry.name))));
    else if (entry.isFile()) files.push(join(path, entry.name));
  }
  return files;
}

export async function scanPath(
  path: string,
  analyzers: readonly Analyzer[],
  options: { signal?: AbortSignal; onFile?: (done: number, all: number) => void } = {},
): Promise<ScanResult> {
  const languages = new Set(analyzers.flatMap((analyzer) => analyzer.languages));
  const findings: Finding[] = [];
  const notAnalysable: NotAnalysable[] = [];
  let files = 0;
  let lines = 0;
  const all = (await filesBelow(path)).filter(
    (file) =>
      /\.(c|h|cc|cpp|cxx|hpp|hh|py|pyw|js|jsx|mjs|cjs|ts|tsx|mts|cts)$/.test(file) || file === path,
  );
  for (const [index, file] of all.entries()) {
    if (options.signal?.aborted) break;
    options.onFile?.(index, all.length);
    const shown = file === path ? file : relative(path, file);
    const size = (await stat(file)).size;
    const code = size > MAXIMUM_BYTES ? '' : await readFile(file, 'utf8');
    const language = detectLanguage(code, file);
    if (size > MAXIMUM_BYTES || !languages.has(language)) {
      const reason =
        size > MAXIMUM_BYTES
          ? `larger than ${MAXIMUM_BYTES} bytes`
          : `no analyzer here reads ${language}`;
      notAnalysable.push({ file: shown, tool: analyzers[0]?.name ?? 'vul2safe', reason });
      continue;
    }
    files++;
    lines += code.split('\n').length;
    for (const analyzer of analyzers) {
      if (!analyzer.languages.includes(language)) continue;
      const analysis = await analyzer.analyze({ file: shown, language, code });
      if (analysis.status === 'analysed') findings.push(...analysis.findings);
      else notAnalysable.push({ file: shown, tool: analyzer.name, reason: analysis.reason });
    }
  }
  return { files, lines, findings, notAnalysable };
}

/** The scan for a person: one line per finding and unread file, then counts per severity and CWE. */
export function describeScan({ files, lines, findings, notAnalysable }: ScanResult): string[] {
  const count = (keyOf: (finding: Finding) => string): [string, number][] => {
    const counts = new Map<string, number>();
    for (const one of findings) counts.set(keyOf(one), (counts.get(keyOf(one)) ?? 0) + 1);
    return [...counts].sort((a, b) => b[1] - a[1]);
  };
  const severities = count((one) => one.severity).map(([severity, n]) => `${severity} ${n}`);
  return [
    ...findings.map(
      (one) =>
        `${one.file}:${one.startLine}:${one.startColumn}  ${one.severity.padEnd(6)}  ${one.cwe[0] ?? '-'}  ${one.ruleId}  ${one.message}`,
    ),
    ...notAnalysable.map((one) => `${one.file}  not analysable  ${one.tool}: ${one.reason}`),
    `${counted(files, 'file')}, ${counted(lines, 'line')}, ${counted(findings.length, 'finding')}, ${notAnalysable.length} not analysable`,
    ...(severities.length > 0 ? [`  ${severities.join(', ')}`] : []),
    ...count((one) => one.cwe[0] ?? '-').map(
      ([cwe, n]) => `  ${String(n).padStart(5)}  ${cwe} ${cweName(cwe)}`,
    ),
  ];
}

const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;
