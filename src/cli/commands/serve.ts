/** @file `vul2safe serve`: the servers. */
import type { Command } from 'commander';
import { addServeRewards } from './serve-rewards.ts';
import { addServeTinker } from './serve-tinker.ts';

export function registerServe(program: Command): void {
  const serve = program.command('serve').description('run a server: tinker or rewards');
  addServeTinker(serve);
  addServeRewards(serve);
}
