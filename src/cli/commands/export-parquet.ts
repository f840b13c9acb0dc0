/** @file `vul2safe export parquet`: records of any format as one Parquet file. */
import type { Command } from 'commander';
import { exportParquet } from '../../vul2safe/export/export-parquet.ts';
import { createIo } from '../io.ts';

interface ParquetOptions {
  readonly out: string;
  readonly json?: boolean;
}

export function registerExportParquet(parent: Command): void {
  parent
    .command('parquet')
    .description(
      'functions, pairs or data-set rows as a Parquet file for DuckDB, pandas and datasets',
    )
    .argument('<input...>', 'any format that `import` reads, or data-set rows (.jsonl)')
    .requiredOption('-o, --out <file>', 'file to write')
    .option('--json', 'print the result as JSON')
    .action(async (inputs: string[], options: ParquetOptions) => {
      const io = createIo(options);
      const result = await exportParquet(inputs, options.out);
      io.say(`${options.out}: ${result.rows} rows of ${result.kind}, ${result.rejected} left out`);
      io.json(result);
    });
}
