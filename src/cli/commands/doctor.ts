/** @file `vul2safe doctor`: what this machine can do, and what each missing tool would add. Always exit status 0. */
import type { Command } from 'commander';
import { examine, renderChecks } from '../../run/doctor/doctor.ts';
import { createIo } from '../io.ts';

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('what this machine can do, and what each missing tool would add')
    .option('--json', 'print the checks as JSON')
    .action(async (options: { json?: boolean }) => {
      const io = createIo(options);
      const checks = await examine();
      for (const line of renderChecks(checks)) io.say(line);
      io.json({ checks });
    });
}
