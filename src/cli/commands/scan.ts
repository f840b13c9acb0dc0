/** @file `vul2safe scan PATH`: findings over code, as a table, JSON or SARIF. */
import { writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { ANALYZER_NAMES, analyzersNamed } from '../../analyzers/available.ts';
import type { Severity } from '../../analyzers/finding.ts';
import { PRECISIONS, SHOWN_PRECISION, withPrecision } from '../../analyzers/precision.ts';
import { toSarif } from '../../analyzers/sarif.ts';
import { describeScan, scanPath } from '../../analyzers/scan.ts';
import { inputError, usageError } from '../../kernel/errors.ts';
import { createIo } from '../io.ts';

const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high'];

interface Options {
  readonly sarif?: string;
  readonly analyzers: string;
  readonly precision: string;
  readonly failOn?: string;
  readonly json?: boolean;
}

export function registerScan(program: Command): void {
  program
    .command('scan')
    .description('findings over code; files no analyzer could read are listed apart')
    .argument('<path>', 'file or folder')
    .option('--sarif <file>', 'write SARIF 2.1.0')
    .option(
      '--analyzers <list>',
      `comma-separated: ${ANALYZER_NAMES.join(', ')}, or all`,
      'vul2safe',
    )
    .option(
      '--fail-on <severity>',
      'exit status 1 when there is a finding this severe: low, medium, high',
    )
    .option(
      '--precision <least>',
      'leave out findings of rules less precise: low, medium, high',
      SHOWN_PRECISION,
    )
    .option('--json', 'machine-readable output')
    .action(async (path: string, options: Options) => {
      const io = createIo(options);
      if (!existsSync(path)) throw inputError(`no such file or folder: ${path}`);
      const least =
        options.failOn === undefined ? undefined : SEVERITIES.indexOf(options.failOn as Severity);
      if (least === -1) throw usageError(`--fail-on ${options.failOn}`, 'one of low, medium, high');
      const precision = PRECISIONS.find((one) => one === options.precision);
      if (precision === undefined)
        throw usageError(`--precision ${options.precision}`, 'one of low, medium, high');
      const analyzers = await analyzersNamed(
        options.analyzers.split(',').map((name) => name.trim()),
        (name, howToInstall) => io.say(`without ${name} (${howToInstall})`),
      );
      const result = await scanPath(
        path,
        analyzers.map((analyzer) => withPrecision(analyzer, precision)),
        { signal: io.signal },
      );
      if (result.files === 0 && result.notAnalysable.length === 0)
        throw inputError(
          `${path}: no source file in it`,
          `read are ${[...new Set(analyzers.flatMap(({ languages }) => languages))].join(', ')}`,
        );
      if (options.sarif)
        await writeFile(
          options.sarif,
          `${JSON.stringify(toSarif(result.findings, result.notAnalysable), null, 1)}\n`,
        );
      for (const line of describeScan(result)) io.say(line);
      io.json(result);
      if (
        least !== undefined &&
        result.findings.some((finding) => SEVERITIES.indexOf(finding.severity) >= least)
      )
        process.exitCode = 1;
    });
}
