/** @file Records from any number of inputs, one at a time: the door that `import`, `build` and `leaks` share. */
import { inputError } from '../../kernel/errors.ts';
import { expandInput, importerFor } from './detect.ts';
import { FAULTS, type ImportEntry, type ImportOptions } from './importer.ts';

/**
 * Yields every row as a function or as a rejection with its reason. `format` is a format's name or "auto", which looks
 * at each input by itself. Throws (exit 2) for input that is not of the format, and, when strict, at the first faulty row.
 */
export async function* importRecords(
  format: string,
  inputs: readonly string[],
  options: ImportOptions = {},
): AsyncGenerator<ImportEntry> {
  let functions = 0;
  for (const input of inputs.flatMap((path) =>
    wantsFolder(format) ? [path] : expandInput(path),
  )) {
    const importer = await importerFor(format, input);
    for await (const entry of importer.read(input, options)) {
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
}

/** Formats that take a folder as it is. */
const wantsFolder = (format: string): boolean => format === 'git' || format === 'osv';
