/**
 * @file The parts of Hugging Face's tokenizer.json that a byte-level BPE needs, checked. What would change ids or offsets
 * and is not supported (other models, normalisers, pre-tokenizers) is refused by name instead of being ignored.
 * Not done: post-processors that add tokens around a text (a chat template or the caller does that).
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { inputError, messageOf } from '../kernel/errors.ts';
import { GPT2_PATTERN } from './pre-tokenizer.ts';

const addedTokenSchema = z.object({
  id: z.number().int().nonnegative(),
  content: z.string().min(1),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  special: z.boolean().default(false),
});
export type AddedToken = Readonly<z.infer<typeof addedTokenSchema>>;

interface PreTokenizer {
  type: string;
  pattern?: { Regex?: string | undefined; String?: string | undefined } | undefined;
  behavior?: string | undefined;
  invert?: boolean | undefined;
  add_prefix_space?: boolean | undefined;
  use_regex?: boolean | undefined;
  pretokenizers?: PreTokenizer[] | undefined;
}

const preTokenizerSchema: z.ZodType<PreTokenizer> = z.lazy(() =>
  z.object({
    type: z.string(),
    pattern: z.object({ Regex: z.string(), String: z.string() }).partial().optional(),
    behavior: z.string().optional(),
    invert: z.boolean().optional(),
    add_prefix_space: z.boolean().optional(),
    use_regex: z.boolean().optional(),
    pretokenizers: z.array(preTokenizerSchema).optional(),
  }),
);

const fileSchema = z.object({
  added_tokens: z.array(addedTokenSchema).default([]),
  normalizer: z
    .object({ type: z.string(), normalizers: z.array(z.object({ type: z.string() })).optional() })
    .nullable()
    .default(null),
  pre_tokenizer: preTokenizerSchema.nullable().default(null),
  model: z.object({
    type: z.string().default('BPE'),
    vocab: z.record(z.string(), z.number()),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
    ignore_merges: z.boolean().default(false),
  }),
});

export interface TokenizerFile {
  readonly path: string;
  readonly vocabulary: Readonly<Record<string, number>>;
  readonly merges: readonly (readonly [string, string])[];
  readonly ignoreMerges: boolean;
  readonly addedTokens: readonly AddedToken[];
  readonly formC: boolean;
  /** In Rust's syntax. */
  readonly splitPattern: string;
  /** From tokenizer_config.json beside it, where that exists. */
  readonly endOfText: string | undefined;
}

/** Reads a tokenizer.json, or the one in a folder. Throws `input` naming the file and the field. */
export function readTokenizerFile(fileOrFolder: string): TokenizerFile {
  const path =
    existsSync(fileOrFolder) && statSync(fileOrFolder).isDirectory()
      ? join(fileOrFolder, 'tokenizer.json')
      : fileOrFolder;
  if (!existsSync(path))
    throw inputError(
      `no such tokenizer: ${path}`,
      'name a tokenizer.json or a folder that holds one',
    );
  return parseTokenizerFile(readFileSync(path, 'utf8'), path, endOfTextBeside(path));
}

/** The same from the text of a tokenizer.json. @param path for messages. */
export function parseTokenizerFile(
  json: string,
  path: string,
  endOfText: string | undefined,
): TokenizerFile {
  let file: z.infer<typeof fileSchema>;
  try {
    file = fileSchema.parse(JSON.parse(json));
  } catch (thrown) {
    const detail = thrown instanceof z.ZodError ? z.prettifyError(thrown) : messageOf(thrown);
    throw inputError(
      `${path}: not a tokenizer.json: ${detail}`,
      'expected a Hugging Face fast tokenizer',
    );
  }
  if (file.model.type !== 'BPE')
    throw inputError(
      `${path}: model.type is "${file.model.type}", only byte-level BPE is supported`,
    );
  return {
    path,
    vocabulary: file.model.vocab,
    merges: file.model.merges.map((merge) => splitMerge(merge, path)),
    ignoreMerges: file.model.ignore_merges,
    addedTokens: file.added_tokens,
    formC: normaliserIsFormC(file.normalizer, path),
    splitPattern: splitPatternOf(file.pre_tokenizer, path),
    endOfText,
  };
}

function splitMerge(merge: string | [string, string], path: string): readonly [string, string] {
  if (typeof merge !== 'string') return merge;
  const space = merge.indexOf(' ');
  if (space <= 0) throw inputError(`${path}: model.merges holds "${merge}", expected two tokens`);
  return [merge.slice(0, space), merge.slice(space + 1)];
}

function normaliserIsFormC(
  normaliser: z.infer<typeof fileSchema>['normalizer'],
  path: string,
): boolean {
  const types =
    normaliser === null
      ? []
      : normaliser.type === 'Sequence'
        ? (normaliser.normalizers ?? []).map((inner) => inner.type)
        : [normaliser.type];
  const other = types.find((type) => type !== 'NFC');
  if (other !== undefined)
    throw inputError(
      `${path}: normalizer "${other}" is not supported, its offsets could not be mapped back exactly`,
      'supported: none, NFC',
    );
  return types.length > 0;
}

function splitPatternOf(preTokenizer: PreTokenizer | null, path: string): string {
  const steps =
    preTokenizer?.type === 'Sequence'
      ? (preTokenizer.pretokenizers ?? [])
      : preTokenizer === null
        ? []
        : [preTokenizer];
  const byteLevel = steps.at(-1);
  const refuse = (what: string): never => {
    throw inputError(
      `${path}: pre_tokenizer ${what} is not supported`,
      'supported: ByteLevel, or Split by a pattern (behavior Isolated) followed by ByteLevel',
    );
  };
  if (byteLevel?.type !== 'ByteLevel') return refuse(`"${byteLevel?.type ?? 'none'}"`);
  if (byteLevel.add_prefix_space === true) return refuse('ByteLevel with add_prefix_space');
  const [split, ...more] = steps.slice(0, -1);
  const usesRegex = byteLevel.use_regex !== false;
  if (split === undefined)
    return usesRegex ? GPT2_PATTERN : refuse('ByteLevel without any pattern');
  if (more.length > 0 || split.type !== 'Split')
    return refuse(steps.map((step) => `"${step.type}"`).join(' + '));
  if (usesRegex) return refuse('Split followed by ByteLevel with use_regex');
  if (split.behavior !== 'Isolated' || split.invert === true)
    return refuse(`Split with behavior "${split.behavior}"${split.invert ? ' inverted' : ''}`);
  const pattern = split.pattern?.Regex;
  return pattern ?? refuse('Split without a Regex');
}

const configSchema = z.object({
  eos_token: z.union([z.string(), z.object({ content: z.string() })]).nullish(),
});

function endOfTextBeside(path: string): string | undefined {
  const config = join(dirname(path), 'tokenizer_config.json');
  if (!existsSync(config)) return undefined;
  try {
    const { eos_token: token } = configSchema.parse(JSON.parse(readFileSync(config, 'utf8')));
    return typeof token === 'string' ? token : token?.content;
  } catch (thrown) {
    throw inputError(`${config}: eos_token cannot be read: ${messageOf(thrown)}`);
  }
}
