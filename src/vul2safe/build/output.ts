/**
 * @file The three growing files of a build and the journal that makes them resumable. A record's lines are written first,
 * then one journal line with the files' new lengths. After a kill, everything behind the last journal line whose lengths
 * the files really have is cut off: at most the record in flight is lost, and none is written twice.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { readJsonLines, toJsonLine } from '../../data/jsonl.ts';
import { inputError } from '../../kernel/errors.ts';
import { journalEntrySchema, type JournalEntry } from './journal-entry.ts';

const FILES = ['pairs', 'rejected', 'prompts'] as const;
export type OutputFile = (typeof FILES)[number];

export const outputPath = (directory: string, file: OutputFile): string =>
  join(directory, `${file}.jsonl`);
export const journalPath = (directory: string): string => join(directory, 'journal.jsonl');

/** What one record adds; everything but the lengths. */
export interface CommittedRecord {
  readonly lines: Readonly<Partial<Record<OutputFile, readonly unknown[]>>>;
  readonly summary: Omit<JournalEntry, 'bytes'>;
}

export interface BuildOutput {
  /** Records that were committed by earlier runs. */
  readonly committed: number;
  commit(record: CommittedRecord): void;
  close(): void;
}

const FSYNC_EVERY_MS = 5000;

/** Opens or resumes; `replay` is told of every record committed before. */
export async function openBuildOutput(
  directory: string,
  replay: (entry: JournalEntry) => void,
): Promise<BuildOutput> {
  mkdirSync(directory, { recursive: true });
  const good = await readJournal(directory, replay);
  const open = (path: string, length: number): number => {
    const file = openSync(path, existsSync(path) ? 'r+' : 'w+');
    ftruncateSync(file, length);
    return file;
  };
  const journal = open(journalPath(directory), good.journalBytes);
  const files = FILES.map((name, i) => open(outputPath(directory, name), good.bytes[i]!));
  const bytes = [...good.bytes];
  let journalAt = good.journalBytes;
  let committed = good.records;
  let lastSync = Date.now();
  const append = (file: number, at: number, text: string): number => {
    const data = Buffer.from(text, 'utf8');
    for (let done = 0; done < data.length; )
      done += writeSync(file, data, done, data.length - done, at + done);
    return at + data.length;
  };
  return {
    get committed() {
      return committed;
    },
    commit({ lines, summary }) {
      FILES.forEach((name, i) => {
        const text = (lines[name] ?? []).map(toJsonLine).join('');
        if (text !== '') bytes[i] = append(files[i]!, bytes[i]!, text);
      });
      journalAt = append(journal, journalAt, toJsonLine({ ...summary, bytes: [...bytes] }));
      committed++;
      // A kill loses nothing that was written; only a power cut can, and then at most this interval.
      if (Date.now() - lastSync < FSYNC_EVERY_MS) return;
      for (const file of [...files, journal]) fsyncSync(file);
      lastSync = Date.now();
    },
    close() {
      for (const file of [...files, journal]) {
        fsyncSync(file);
        closeSync(file);
      }
    },
  };
}

interface GoodPart {
  records: number;
  journalBytes: number;
  bytes: number[];
}

async function readJournal(
  directory: string,
  replay: (entry: JournalEntry) => void,
): Promise<GoodPart> {
  const good: GoodPart = { records: 0, journalBytes: 0, bytes: [0, 0, 0] };
  const path = journalPath(directory);
  if (!existsSync(path)) {
    const leftover = FILES.find((file) => existsSync(outputPath(directory, file)));
    if (leftover !== undefined)
      throw inputError(
        `${outputPath(directory, leftover)} exists, but there is no journal beside it`,
        'choose another output folder, or remove this one',
      );
    return good;
  }
  const sizes = FILES.map((file) => {
    const output = outputPath(directory, file);
    return existsSync(output) ? statSync(output).size : 0;
  });
  for await (const line of readJsonLines(path)) {
    // The first line that is torn, or promises more than the files hold, ends what can be trusted.
    const entry = line.ok ? journalEntrySchema.safeParse(line.value) : undefined;
    if (!entry?.success || entry.data.bytes.some((length, i) => length > sizes[i]!)) break;
    good.records++;
    good.journalBytes += Buffer.byteLength(line.raw, 'utf8') + 1;
    good.bytes = [...entry.data.bytes];
    replay(entry.data);
  }
  return good;
}
