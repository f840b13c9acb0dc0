/** @file `vul2safe report`: one page, a terminal table, CSV or JSON from any number of evaluation runs, compared with the first. */
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import {
  comparisonTable,
  evaluationHead,
  evaluationSections,
  figuresTable,
  ratesTable,
} from '../../evaluate/evaluation-report.ts';
import { readJournal } from '../../evaluate/evaluation-run.ts';
import { figuresOfRun } from '../../evaluate/metrics.ts';
import { qualityComparisonTable, qualityTable } from '../../evaluate/quality-report.ts';
import { renderReport, tableToCsv, tableToText } from '../../evaluate/report.ts';
import { compareQuality, compareRuns } from '../../evaluate/run-comparison.ts';
import { writeFileAtomic } from '../../kernel/atomic-file.ts';
import { createIo } from '../io.ts';

export function registerReport(program: Command): void {
  program
    .command('report')
    .description('compare evaluation runs: a terminal table, and a page with every program')
    .argument('<run...>', 'folders written by "vul2safe eval -o"')
    .option('--html <file>', 'write the page there')
    .option('--csv <file>', 'write rates and quality there')
    .option('--json', 'machine-readable figures on stdout')
    .action(async (folders: string[], options: { html?: string; csv?: string; json?: boolean }) => {
      const io = createIo(options);
      const runs = [];
      const names = folders.map((folder) => basename(resolve(folder)));
      for (const [i, folder] of folders.entries()) {
        // Folders of the same name are told apart by their path.
        const alone = names.filter((name) => name === names[i]).length === 1;
        runs.push({ name: alone ? names[i]! : folder, ...(await readJournal(folder)) });
      }
      const tables = [
        ratesTable(runs),
        comparisonTable(runs),
        qualityTable(runs),
        qualityComparisonTable(runs),
      ];
      for (const table of tables) if (table) io.say(`${tableToText(table)}\n`);
      if (options.csv) writeFileAtomic(options.csv, tableToCsv(figuresTable(runs)));
      if (options.html) {
        writeFileAtomic(options.html, renderReport(evaluationSections(runs), evaluationHead(runs)));
        io.say(`report: ${options.html}`);
      }
      io.json({
        runs: runs.map((run) => ({
          name: run.name,
          suite: run.header.suite,
          ...figuresOfRun(run),
        })),
        comparisons: compareRuns(runs, runs[0]?.header.seed ?? 0),
        qualityComparisons: compareQuality(runs, runs[0]?.header.seed ?? 0),
      });
    });
}
