/** @file The verbs, in the order `--help` shows them. One file each, under 80 lines. */
import type { Command } from 'commander';
import { registerAblate } from './ablate.ts';
import { registerBase } from './base.ts';
import { registerBuild } from './build.ts';
import { registerDemo } from './demo.ts';
import { registerDoctor } from './doctor.ts';
import { registerEval } from './eval.ts';
import { registerExport } from './export.ts';
import { registerImport } from './import.ts';
import { registerInspect } from './inspect.ts';
import { registerLeaks } from './leaks.ts';
import { registerLpo } from './lpo.ts';
import { registerMerge } from './merge.ts';
import { registerReport } from './report.ts';
import { registerReward } from './reward.ts';
import { registerRl } from './rl.ts';
import { registerScan } from './scan.ts';
import { registerServe } from './serve.ts';
import { registerSft } from './sft.ts';
import { registerSpans } from './spans.ts';

export type RegisterCommand = (program: Command) => void;

export const COMMANDS: readonly RegisterCommand[] = [
  registerDemo,
  registerImport,
  registerBuild,
  registerInspect,
  registerLeaks,
  registerMerge,
  registerSpans,
  registerReward,
  registerSft,
  registerLpo,
  registerRl,
  registerAblate,
  registerBase,
  registerEval,
  registerReport,
  registerExport,
  registerScan,
  registerServe,
  registerDoctor,
];
