/** @file Records from any number of inputs, one at a time: the door that `import`, `build` and `leaks` share. */
import { Vul2SafeError, inputError } from '../../kernel/errors.ts';
import { expandInput, importerFor } from './detect.ts';
import { FAULTS, type ImportEntry, type ImportOptions, type Importer } from './importer.ts';

/**
 * Yields every row as a function or as a rejection with its reason. `format` is a format's name or "auto", which looks
 * at each input by itself; a folder's files of no known format are rejections too, unless all of them are. Throws (exit 2)
 * for input that is not of the format, and, when strict, at the first faulty row.
 */
export async function* importRecords(
  format: string,
  inputs: readonly string[],
  options: ImportOptions = {},
): AsyncGenerator<ImportEntry> {
  let functions = 0;
  for await (const entry of entriesOf(format, inputs, options)) {
    if (options.signal?.aborted) return;
    if (!entry.ok && options.strict && FAULTS.has(entry.reason))
      throw inputError(
        `${entry.file}:${entry.line}: ${entry.reason}: ${entry.detail}`,
        'mend the line, or leave out --strict to set it aside and go on',
      );
    yield entry;
    if (entry.ok && ++functions === options.limit) return;
  }
}

async function* entriesOf(
  format: string,
  inputs: readonly string[],
  options: ImportOptions,
): AsyncGenerator<ImportEntry> {
  for (const input of inputs) {
    const files = wantsFolder(format) ? [input] : expandInput(input);
    let known = 0;
    let refused: unknown;
    for (const file of files) {
      const importer = await attempt(format, file);
      if ('read' in importer) {
        known++;
        yield* importer.read(file, options);
        continue;
      }
      refused ??= importer.refused;
      if (files.length > 1)
        yield {
          ok: false,
          file,
          line: 0,
          reason: 'unknown-format',
          detail: importer.refused.message,
        };
    }
    if (known === 0 && refused !== undefined) throw refused;
  }
}

/** The importer, or the input error that says why there is none. */
async function attempt(
  format: string,
  file: string,
): Promise<Importer | { readonly refused: Vul2SafeError }> {
  try {
    return await importerFor(format, file);
  } catch (thrown) {
    if (Vul2SafeError.isInstance(thrown) && thrown.code === 'input') return { refused: thrown };
    throw thrown;
  }
}

/** Formats that take a folder as it is. */
const wantsFolder = (format: string): boolean => format === 'git' || format === 'osv';
