/**
 * @file The probes of what this package brings along, on the real thing: a matrix product in the runtime, a program in
 * QuickJS, every grammar, the embedded linter.
 */
import * as ort from 'onnxruntime-node';
import { hasGrammar, loadGrammar } from '../../code/syntax-tree.ts';
import { type Language, languageSchema } from '../../data/vulnerable-function.ts';
import { messageOf, Vul2SafeError } from '../../kernel/errors.ts';
import { createQuickJsSandbox } from '../../sandbox/quickjs/quickjs-sandbox.ts';
import { input } from '../../tensor/node.ts';
import { matrixProduct } from '../../tensor/operators.ts';
import { compileGraph, float32, floatsOf } from '../../tensor/session.ts';
import type { Check } from './check.ts';
import type { RuntimeProbe } from './engine.ts';

export const runtimeProbe = (): RuntimeProbe => ({
  version: ort.env.versions.node ?? ort.env.versions.common,
  bundled: ort
    .listSupportedBackends()
    .filter(({ bundled }) => bundled)
    .map(({ name }) => name),
  async tryDevice(device) {
    const product = matrixProduct(input('a', [2, 2]), input('b', [2, 2]));
    const graph = await compileGraph({ product }, { device, threads: 1 });
    try {
      const a = float32(Float32Array.of(1, 2, 3, 4), 2, 2);
      const b = float32(Float32Array.of(5, 6, 7, 8), 2, 2);
      const values = floatsOf(await graph.run({ a, b }), 'product');
      if (values.join() !== '19,22,43,50')
        throw new Vul2SafeError('failed', `a product of integers came out as ${values.join()}`);
    } finally {
      await graph.release();
    }
  },
});

export async function tryQuickJs(): Promise<void> {
  const sandbox = await createQuickJsSandbox();
  try {
    const outcome = await sandbox.run({
      language: 'javascript',
      program: 'module.exports = { double: (x) => 2 * x };',
      world: {},
      tests: [{ name: 'doubles', code: 'assert.equal(program.double(21), 42)' }],
      limits: { wallMs: 5000, memoryMb: 32 },
    });
    if (outcome.status !== 'ran' || outcome.tests[0]?.status !== 'passed')
      throw new Vul2SafeError(
        'failed',
        `the trial program did not pass: ${JSON.stringify(outcome)}`,
      );
  } finally {
    await sandbox.close();
  }
}

export async function grammarCheck(): Promise<Check> {
  const languages = languageSchema.options.filter((language: Language) => hasGrammar(language));
  const failed: string[] = [];
  for (const language of languages) {
    try {
      await loadGrammar(language);
    } catch (error) {
      failed.push(`${language} (${messageOf(error)})`);
    }
  }
  const loaded = languages.filter(
    (language) => !failed.some((one) => one.startsWith(`${language} `)),
  );
  return {
    area: 'analyzers',
    name: 'syntax trees and embedded rules',
    status: failed.length === 0 ? 'ready' : 'limited',
    detail: `${loaded.join(', ')}${failed.length > 0 ? `; failed: ${failed.join(', ')}` : ''}`,
    adds: 'parse gates, spans and the embedded rules',
    ...(failed.length === 0 ? {} : { install: 'run npm ci again' }),
  };
}

export async function ruffCheck(): Promise<Check> {
  const about = {
    area: 'analyzers',
    name: 'ruff (WebAssembly)',
    adds: "bandit's rules for Python, in process",
  } as const;
  try {
    const { Workspace } = await import('@astral-sh/ruff-wasm-nodejs');
    return { ...about, status: 'ready', detail: Workspace.version() };
  } catch (error) {
    const install = 'run npm ci again';
    return { ...about, status: 'missing', detail: messageOf(error), install };
  }
}
