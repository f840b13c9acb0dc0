/** @file `vul2safe import`: other people's vulnerability records, as one JSONL file of functions. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { usageError } from '../../kernel/errors.ts';
import { importToFile } from '../../vul2safe/import/import-to-file.ts';
import type { ImportSummary } from '../../vul2safe/import/import-to-file.ts';
import { IMPORTERS } from '../../vul2safe/import/registry.ts';
import { createIo } from '../io.ts';

interface Options {
  output: string;
  strict?: boolean;
  limit?: string;
  license?: string;
  commits?: string;
  range?: string;
  root?: string;
  format?: string;
  json?: boolean;
}

const FORMATS = `Formats ("auto" looks at each input):\n${IMPORTERS.map(
  ({ format, title }) => `  ${format.padEnd(16)}${title}`,
).join('\n')}\n  jsonl, csv, parquet   any of the row formats, layout detected`;

export function registerImport(program: Command): void {
  program
    .command('import')
    .description('turn vulnerability records of many formats into functions.jsonl')
    .argument('<format>', 'format of the input, or "auto"')
    .argument('<input...>', 'files, folders, or a git repository')
    .requiredOption('-o, --output <file>', 'functions file; rejected.jsonl is put beside it')
    .option('--strict', 'stop at the first malformed row')
    .option('--limit <n>', 'stop after this many functions')
    .option('--license <spdx>', "licence to record instead of the format's own")
    .option('--commits <list>', 'git: fix commits, separated by commas')
    .option('--range <a..b>', 'git: all commits of a range')
    .option('--root <folder>', 'osv: folder of the clones; sarif: folder the paths are relative to')
    .addOption(new Option('--format <name>', 'overrides the format argument').hideHelp())
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', `\n${FORMATS}`)
    .action(async (format: string, inputs: string[], options: Options) => {
      const io = createIo(options);
      const limit = options.limit === undefined ? undefined : Number(options.limit);
      if (limit !== undefined && !(Number.isInteger(limit) && limit > 0))
        throw usageError(`--limit must be a whole number above 0, found "${options.limit}"`);
      const summary = await importToFile(options.format ?? format, inputs, options.output, {
        ...(limit === undefined ? {} : { limit }),
        ...(options.strict ? { strict: true } : {}),
        ...(options.license === undefined ? {} : { license: options.license }),
        ...(options.commits === undefined ? {} : { commits: options.commits }),
        ...(options.range === undefined ? {} : { range: options.range }),
        ...(options.root === undefined ? {} : { root: options.root }),
        signal: io.signal,
        progress: io.progress,
      });
      for (const line of describe(summary)) io.say(line);
      io.json(summary);
    });
}

function describe(summary: ImportSummary): string[] {
  const languages = Object.entries(summary.languages)
    .map(([name, n]) => `${name} ${n}`)
    .join(', ');
  const reasons = Object.entries(summary.rejected);
  return [
    `${summary.in} rows: ${summary.functions} functions (${summary.withFix} with a fix) -> ${summary.output}`,
    ...(languages === '' ? [] : [`languages: ${languages}`]),
    ...reasons.map(([reason, n]) => `rejected ${n}: ${reason}`),
    ...(reasons.length > 0 ? [`each with its place and reason in ${summary.rejectedOutput}`] : []),
  ];
}
