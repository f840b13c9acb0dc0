/**
 * @file Import into a functions file: functions.jsonl, and beside it rejected.jsonl with every row that became none.
 * Files are written aside and renamed, so a killed import leaves no half file; it is simply run again.
 */
import { createWriteStream, mkdirSync, renameSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { finished } from 'node:stream/promises';
import { encodeVulnerableFunction } from '../../data/vulnerable-function.ts';
import { toJsonLine } from '../../data/jsonl.ts';
import { Vul2SafeError } from '../../kernel/errors.ts';
import { type Progress, silentProgress } from '../../kernel/events.ts';
import { importRecords } from './import-records.ts';
import type { ImportOptions } from './importer.ts';

export interface ImportSummary {
  /** in = functions + rejected. */
  readonly in: number;
  readonly functions: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly withFix: number;
  readonly languages: Readonly<Record<string, number>>;
  readonly output: string;
  readonly rejectedOutput: string;
}

const PROGRESS_EVERY = 256;

/** Writes `output` and, beside it, `rejected.jsonl` ({id, reason, detail, file, line, raw?}; absent when nothing was rejected). */
export async function importToFile(
  format: string,
  inputs: readonly string[],
  output: string,
  options: ImportOptions & { readonly progress?: Progress } = {},
): Promise<ImportSummary> {
  const rejectedOutput = join(dirname(output), 'rejected.jsonl');
  const functionsFile = openAside(output);
  const rejectedFile = openAside(rejectedOutput);
  const rejected: Record<string, number> = {};
  const languages: Record<string, number> = {};
  let functions = 0;
  let withFix = 0;
  let refusals = 0;
  const stage = (options.progress ?? silentProgress).stage(
    'import',
    Number.POSITIVE_INFINITY,
    'rows',
  );
  try {
    for await (const entry of importRecords(format, inputs, options)) {
      if (entry.ok) {
        functions++;
        if (entry.record.upstreamFix !== undefined) withFix++;
        languages[entry.record.language] = (languages[entry.record.language] ?? 0) + 1;
        await functionsFile.write(toJsonLine(encodeVulnerableFunction(entry.record)));
      } else {
        refusals++;
        rejected[entry.reason] = (rejected[entry.reason] ?? 0) + 1;
        const { ok: _, id, reason, detail, file, line, ...rest } = entry;
        const record = { id: id ?? `${file}:${line}`, reason, detail, file, line, ...rest };
        await rejectedFile.write(toJsonLine(record));
      }
      if ((functions + refusals) % PROGRESS_EVERY === 0) stage.advance(PROGRESS_EVERY);
    }
    if (options.signal?.aborted)
      throw new Vul2SafeError('interrupted', `import interrupted after ${functions} functions`, {
        hint: 'nothing was written; run it again',
      });
  } catch (thrown) {
    await functionsFile.discard();
    await rejectedFile.discard();
    throw thrown;
  } finally {
    stage.finish(`${functions} functions, ${refusals} rejected`);
  }
  await functionsFile.commit();
  if (refusals > 0) await rejectedFile.commit();
  else {
    await rejectedFile.discard();
    rmSync(rejectedOutput, { force: true }); // one from an earlier import would belong to other rows
  }
  return {
    in: functions + refusals,
    functions,
    rejected,
    withFix,
    languages,
    output,
    rejectedOutput,
  };
}

/** A file that appears under its name only when committed; writing waits for the disk, so memory stays flat. */
function openAside(path: string) {
  mkdirSync(dirname(path), { recursive: true });
  const aside = `${path}.${process.pid}.tmp`;
  const stream = createWriteStream(aside);
  let failure: Error | undefined;
  stream.on('error', (error) => {
    failure = error;
  });
  const close = async (): Promise<void> => {
    stream.end();
    await finished(stream).catch(() => {});
  };
  return {
    async write(text: string): Promise<void> {
      if (failure !== undefined) throw failure;
      if (!stream.write(text)) await once(stream, 'drain');
    },
    async commit(): Promise<void> {
      await close();
      if (failure !== undefined) throw failure;
      renameSync(aside, path);
    },
    async discard(): Promise<void> {
      await close();
      rmSync(aside, { force: true });
    },
  };
}
