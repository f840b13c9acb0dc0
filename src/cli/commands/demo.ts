/** @file `vul2safe demo`: the whole loop on embedded data, engine and model. */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { tableToText } from '../../evaluate/report.ts';
import { usageError } from '../../kernel/errors.ts';
import { runDemo } from '../../run/demo/demo.ts';
import type { DemoSize } from '../../run/demo/plan.ts';
import { armTable } from '../../run/demo/report.ts';
import { createIo } from '../io.ts';

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description(
      'the whole loop: records -> PrimeVul+ -> SFT -> RL with instance and token reward -> judged by execution',
    )
    .option('--out <dir>', 'where everything goes; started again, it resumes', 'out/demo')
    .option('--seed <n>', 'seed of all randomness', '1')
    .option('--quick', 'a two-minute version with few training steps')
    .addOption(
      new Option('--size <name>', 'full, quick or tiny')
        .choices(['full', 'quick', 'tiny'])
        .hideHelp(),
    )
    .option('--json', 'print summary.json on stdout')
    .action(
      async (options: {
        out: string;
        seed: string;
        quick?: boolean;
        size?: DemoSize;
        json?: boolean;
      }) => {
        const seed = Number(options.seed);
        if (!Number.isSafeInteger(seed) || seed < 0)
          throw usageError(`--seed ${options.seed}: expected a whole number from 0`);
        const io = createIo(options);
        const size = options.size ?? (options.quick ? 'quick' : 'full');
        const out = resolve(
          size === 'quick' && options.out === 'out/demo' ? 'out/demo-quick' : options.out,
        );
        io.say(
          `Vul2Safe demo, seed ${seed}: ${size !== 'full' ? 'about two minutes' : 'under ten minutes on two cores'}. Kill it at any time; the same command resumes.`,
        );
        const summary = await runDemo({ out, seed, size }, io);
        const { functions, pairs, prompts } = summary.vul2safe;
        io.say(
          `\nPrimeVul+: ${functions} vulnerable functions -> ${pairs} pairs with ${prompts} implicit prompts`,
        );
        io.say(tableToText(armTable(summary, 'instances')));
        io.say(tableToText(armTable(summary, 'families')));
        io.say(summary.verdict);
        io.say(
          `\n${summary.wallSeconds} s. Look at ${out}/report.html; figures in ${out}/summary.json`,
        );
        io.json(summary);
      },
    );
}
