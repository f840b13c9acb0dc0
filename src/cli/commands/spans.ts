/** @file `vul2safe spans`: which tokens of pairs are secure, vulnerable, or neutral, through any byte-level tokenizer. */
import type { Command } from 'commander';
import { Vul2SafeError, inputError } from '../../kernel/errors.ts';
import { loadTokenizer } from '../../tokenizer/byte-level-tokenizer.ts';
import { labelPair, readSpannedPairs } from '../../vul2safe/spans/label-pairs.ts';
import { createIo } from '../io.ts';

interface Options {
  input: string;
  tokenizer: string;
  json?: boolean;
  strict?: boolean;
}

export function registerSpans(program: Command): void {
  program
    .command('spans')
    .description('label the tokens of pairs: secure, vulnerable or neutral')
    .requiredOption(
      '--input <file>',
      'pairs.jsonl, or imported functions that carry an upstream fix',
    )
    .requiredOption('--tokenizer <file>', 'a tokenizer.json, or a model folder that holds one')
    .option('--strict', 'stop at the first line that cannot be used')
    .option('--json', 'one line per pair and side on stdout, offsets in code points')
    .action(runSpans);
}

async function runSpans(options: Options): Promise<void> {
  const io = createIo(options);
  const tokenizer = loadTokenizer(options.tokenizer);
  const counts = { pairs: 0, skipped: 0, secure: 0, vulnerable: 0, neutral: 0 };
  const stage = io.progress.stage('spans', Number.POSITIVE_INFINITY, 'pairs');
  for await (const entry of readSpannedPairs(options.input)) {
    if (io.signal.aborted) throw new Vul2SafeError('interrupted', 'interrupted');
    if (!entry.ok) {
      const problem = `${options.input}:${entry.line}: ${entry.error}`;
      if (options.strict)
        throw inputError(problem, 'mend or remove this line, or leave out --strict');
      io.say(`skipped ${problem}`);
      counts.skipped++;
      continue;
    }
    for (const side of labelPair(entry.pair, tokenizer)) {
      for (const token of side.tokens) counts[token.label]++;
      io.json(side);
    }
    counts.pairs++;
    stage.advance(1);
  }
  stage.finish();
  if (counts.pairs === 0)
    throw inputError(
      `${options.input}: no pair in this file (${counts.skipped} lines skipped)`,
      'expected JSON lines with "fixedCode" (pairs.jsonl) or "upstreamFix" (imported functions)',
    );
  const total = counts.secure + counts.vulnerable + counts.neutral;
  const share = (count: number): string => `${count} (${((100 * count) / total).toFixed(1)}%)`;
  io.say(
    `${counts.pairs} pairs, ${total} tokens: secure ${share(counts.secure)}, vulnerable ${share(counts.vulnerable)}, neutral ${share(counts.neutral)}` +
      (counts.skipped > 0 ? `; ${counts.skipped} lines skipped` : ''),
  );
}
