/** @file The command line: registers one file per verb, and turns errors into one clear paragraph and an exit status. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { ZodError, z } from 'zod';
import { Vul2SafeError, messageOf } from '../kernel/errors.ts';
import { COMMANDS } from './commands/index.ts';

const manifest = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as {
  version: string;
  description: string;
};

function explain(thrown: unknown): { text: string; status: number } {
  if (Vul2SafeError.isInstance(thrown)) {
    const hint = thrown.hint ? `\n  what to do: ${thrown.hint}` : '';
    return { text: `vul2safe: ${thrown.message}${hint}`, status: thrown.exitStatus };
  }
  if (thrown instanceof ZodError)
    return { text: `vul2safe: ${z.prettifyError(thrown)}`, status: 2 };
  const stack = thrown instanceof Error && process.env.VUL2SAFE_DEBUG ? `\n${thrown.stack}` : '';
  return { text: `vul2safe: ${messageOf(thrown)}${stack}`, status: 1 };
}

/** The verbs this call needs: the one it names, none for the version; all for help, or to guess what was meant. */
function verbsNeeded([first = '']: readonly string[]): readonly string[] {
  if (first === '--version' || first === '-V') return [];
  return Object.hasOwn(COMMANDS, first) ? [first] : Object.keys(COMMANDS);
}

async function main(): Promise<number> {
  const program = new Command('vul2safe')
    .description(manifest.description)
    .version(manifest.version)
    .showSuggestionAfterError()
    .showHelpAfterError('(run with --help for the options)')
    .exitOverride();
  for (const verb of verbsNeeded(process.argv.slice(2))) (await COMMANDS[verb]?.())?.(program);
  try {
    await program.parseAsync();
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    const { text, status } = explain(thrown);
    process.stderr.write(`${text}\n`);
    return status;
  }
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0); // e.g. piped into head
});
process.exitCode = await main();
// Handles that native libraries keep open must not keep a finished command alive.
setImmediate(() => {
  if (process.stdout.writableLength === 0) process.exit();
  process.stdout.once('drain', () => process.exit());
});
