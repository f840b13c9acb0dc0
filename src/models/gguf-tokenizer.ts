/**
 * @file The tokenizer part of a GGUF file: a byte-level BPE as llama.cpp's "gpt2" vocabulary, with the name of the
 * pre-tokenizer that splits text the same way. llama.cpp knows these by name only, so a tokenizer whose split it does
 * not have by one of these names is refused: a near match would silently give other tokens.
 */
import { z } from 'zod';
import { inputError } from '../kernel/errors.ts';
import type { ModelConfig } from './config.ts';
import type { GgufValue } from './gguf.ts';
import { mergePairs, type TokenizerFile, vocabularyById } from './tokenizer-file.ts';

/** llama.cpp's token types. */
const TOKEN_TYPE = { normal: 1, special: 3, added: 4, unused: 5 } as const;

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const AFTER_NUMBERS = ' ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const WORDS = '[^\\r\\n\\p{L}\\p{N}]?\\p{L}+';
const SPLIT_NAMES: ReadonlyMap<string, string> = new Map([
  [`${CONTRACTIONS}|${WORDS}|\\p{N}|${AFTER_NUMBERS}`, 'qwen2'],
  [`${CONTRACTIONS}|${WORDS}|\\p{N}{1,3}|${AFTER_NUMBERS}`, 'llama-bpe'],
]);

const step = z.looseObject({
  type: z.string(),
  use_regex: z.boolean().optional(),
  add_prefix_space: z.boolean().optional(),
  individual_digits: z.boolean().optional(),
  pattern: z.looseObject({ Regex: z.string().optional() }).optional(),
  behavior: z.string().optional(),
  invert: z.boolean().optional(),
});
const preTokenizer = z.union([
  z.looseObject({ type: z.literal('Sequence'), pretokenizers: z.array(step) }),
  step,
]);

/** llama.cpp's name for the way this tokenizer splits text before merging; undefined where it has none. */
export function preTokenizerName(tokenizer: TokenizerFile): string | undefined {
  const parsed = preTokenizer.safeParse(tokenizer.pre_tokenizer);
  if (!parsed.success) return undefined;
  const steps = (
    'pretokenizers' in parsed.data ? parsed.data.pretokenizers : [parsed.data]
  ) as z.infer<typeof step>[];
  const bytes = steps.at(-1);
  if (bytes?.type !== 'ByteLevel' || bytes.add_prefix_space) return undefined;
  const [split] = steps;
  if (steps.length === 1) return bytes.use_regex === false ? undefined : 'gpt-2';
  if (steps.length !== 2 || !split) return undefined;
  if (split.type === 'Digits' && split.individual_digits && bytes.use_regex !== false)
    return 'starcoder';
  if (split.type !== 'Split' || split.behavior !== 'Isolated' || split.invert || bytes.use_regex)
    return undefined;
  return SPLIT_NAMES.get(split.pattern?.Regex ?? '');
}

/** Whether encoding puts a begin-of-text token first (as Llama 3's post-processor does). */
function addsBeginOfText(tokenizer: TokenizerFile, text: string | undefined): boolean {
  if (text === undefined) return false;
  const template = z.looseObject({
    single: z.array(z.looseObject({ SpecialToken: z.looseObject({ id: z.string() }).optional() })),
  });
  const sequence = z.looseObject({ processors: z.array(z.unknown()) });
  const outer = sequence.safeParse(tokenizer.post_processor);
  const processors = outer.success ? outer.data.processors : [tokenizer.post_processor];
  return processors.some((processor) => {
    const parsed = template.safeParse(processor);
    return parsed.success && parsed.data.single[0]?.SpecialToken?.id === text;
  });
}

/** @throws inputError naming the field llama.cpp cannot represent. */
export function tokenizerMetadata(
  tokenizer: TokenizerFile,
  config: ModelConfig,
  path: string,
): Map<string, GgufValue> {
  const { model } = tokenizer;
  if ((model.type ?? 'BPE') !== 'BPE' || model.byte_fallback)
    throw inputError(
      `${path}: field model.type: only byte-level BPE tokenizers can be exported to GGUF, found ${model.type}${model.byte_fallback ? ' with byte_fallback' : ''}`,
    );
  const pre = preTokenizerName(tokenizer);
  if (!pre)
    throw inputError(
      `${path}: field pre_tokenizer: llama.cpp has no pre-tokenizer known to split like ${JSON.stringify(tokenizer.pre_tokenizer)}`,
      "export to hf and use llama.cpp's own converter, which may know this tokenizer",
    );
  const [endOfText, endOfTurn] = config.eosTokenIds;
  if (endOfText === undefined)
    throw inputError(
      `${path}: config.json has no eos_token_id, and llama.cpp would take token 11 for it`,
    );
  const known = vocabularyById(tokenizer);
  const tokens = Array.from({ length: config.vocabularySize }, (_, id) => known[id]);
  const bos = config.bosTokenId;
  const metadata = new Map<string, GgufValue>([
    ['tokenizer.ggml.model', { type: 'string', value: 'gpt2' }],
    ['tokenizer.ggml.pre', { type: 'string', value: pre }],
    [
      'tokenizer.ggml.tokens',
      { type: 'strings', value: tokens.map((token, id) => token?.text ?? `[PAD${id}]`) },
    ],
    [
      'tokenizer.ggml.token_type',
      { type: 'i32s', value: tokens.map((token) => TOKEN_TYPE[token?.kind ?? 'unused']) },
    ],
    [
      'tokenizer.ggml.merges',
      { type: 'strings', value: mergePairs(tokenizer).map((pair) => pair.join(' ')) },
    ],
    // Without one llama.cpp would take token 11; it is only put first where add_bos_token says so.
    ['tokenizer.ggml.bos_token_id', { type: 'u32', value: bos ?? endOfText }],
    ['tokenizer.ggml.eos_token_id', { type: 'u32', value: endOfText }],
    [
      'tokenizer.ggml.add_bos_token',
      {
        type: 'bool',
        value: addsBeginOfText(tokenizer, bos === undefined ? bos : known[bos]?.text),
      },
    ],
  ]);
  if (endOfTurn !== undefined)
    metadata.set('tokenizer.ggml.eot_token_id', { type: 'u32', value: endOfTurn });
  if (config.padTokenId !== undefined)
    metadata.set('tokenizer.ggml.padding_token_id', { type: 'u32', value: config.padTokenId });
  return metadata;
}
