/** @file `vul2safe ablate`: arms x seeds with equal budgets, compared with paired statistics. */
import type { Command } from 'commander';
import { tableToText } from '../../evaluate/report.ts';
import { ablateConfigSchema } from '../../run/ablate/config.ts';
import { comparisonSections } from '../../run/ablate/report.ts';
import { runAblation } from '../../run/ablate/run.ts';
import { resolveConfig } from '../../run/config.ts';
import { createIo } from '../io.ts';

export function registerAblate(program: Command): void {
  program
    .command('ablate')
    .description(
      'run arms x seeds with equal budgets and compare them; resumable; writes ablation.json and report.html',
    )
    .requiredOption('-c, --config <file>', 'ablation as YAML: shared, arms, seeds, baseline, final')
    .option('--set <key=value...>', 'override one key, e.g. --set seeds=[1,2]')
    .option('--json', 'print the comparison as JSON')
    .action(async (options: { config: string; set?: string[]; json?: boolean }) => {
      const io = createIo(options);
      const config = resolveConfig(ablateConfigSchema, {
        file: options.config,
        set: options.set ?? [],
        environment: process.env,
      });
      const result = await runAblation(config, io);
      for (const section of comparisonSections(result.comparisons, config.baseline)) {
        if (section.kind === 'table') io.say(tableToText(section));
      }
      io.say(`report: ${config.out}/report.html`);
      io.json(result);
    });
}
