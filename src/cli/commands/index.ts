/** @file The verbs, in the order `--help` shows them. One file each, under 80 lines. */
import type { Command } from 'commander';
import { registerBuild } from './build.ts';
import { registerDoctor } from './doctor.ts';
import { registerExport } from './export.ts';
import { registerImport } from './import.ts';
import { registerLeaks } from './leaks.ts';
import { registerMerge } from './merge.ts';

export type RegisterCommand = (program: Command) => void;

export const COMMANDS: readonly RegisterCommand[] = [
  registerImport,
  registerBuild,
  registerLeaks,
  registerMerge,
  registerExport,
  registerDoctor,
];
