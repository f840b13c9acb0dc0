/**
 * @file The verbs, in the order `--help` shows them. One file each, under 80 lines, and loaded only when called for: what
 * one verb needs (a model runtime, a teacher's client) does not delay the start of another.
 */
import type { Command } from 'commander';

export type RegisterCommand = (program: Command) => void;

export const COMMANDS: Readonly<Record<string, () => Promise<RegisterCommand>>> = {
  demo: async () => (await import('./demo.ts')).registerDemo,
  import: async () => (await import('./import.ts')).registerImport,
  build: async () => (await import('./build.ts')).registerBuild,
  inspect: async () => (await import('./inspect.ts')).registerInspect,
  leaks: async () => (await import('./leaks.ts')).registerLeaks,
  merge: async () => (await import('./merge.ts')).registerMerge,
  spans: async () => (await import('./spans.ts')).registerSpans,
  reward: async () => (await import('./reward.ts')).registerReward,
  sft: async () => (await import('./sft.ts')).registerSft,
  lpo: async () => (await import('./lpo.ts')).registerLpo,
  rl: async () => (await import('./rl.ts')).registerRl,
  ablate: async () => (await import('./ablate.ts')).registerAblate,
  base: async () => (await import('./base.ts')).registerBase,
  eval: async () => (await import('./eval.ts')).registerEval,
  report: async () => (await import('./report.ts')).registerReport,
  export: async () => (await import('./export.ts')).registerExport,
  scan: async () => (await import('./scan.ts')).registerScan,
  serve: async () => (await import('./serve.ts')).registerServe,
  doctor: async () => (await import('./doctor.ts')).registerDoctor,
};
