/** @file Writes tokenizer.json and tokenizer_config.json so that transformers' PreTrainedTokenizerFast, vLLM and llama.cpp's converter open them. */
import { join } from 'node:path';
import { writeFileAtomic } from '../kernel/atomic-file.ts';
import { GPT2_PATTERN } from './pre-tokenizer.ts';
import type { ByteLevelTokenizer } from './byte-level-tokenizer.ts';

export interface SaveOptions {
  /** The longest text the model reads, in tokens; written to tokenizer_config.json. */
  readonly contextLength?: number;
}

export function saveTokenizer(
  tokenizer: ByteLevelTokenizer,
  folder: string,
  options: SaveOptions = {},
): void {
  const { file } = tokenizer;
  const endOfText = file.endOfText ?? tokenEnding(tokenizer);
  writeFileAtomic(
    join(folder, 'tokenizer.json'),
    `${JSON.stringify(tokenizerJson(tokenizer), null, 2)}\n`,
  );
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    eos_token: endOfText,
    pad_token: endOfText,
    bos_token: null,
    unk_token: null,
    add_bos_token: false,
    add_prefix_space: false,
    clean_up_tokenization_spaces: false,
    model_max_length: options.contextLength ?? 1_000_000,
    added_tokens_decoder: Object.fromEntries(
      file.addedTokens.map(({ id, ...token }) => [id, { ...token, normalized: false }]),
    ),
  };
  writeFileAtomic(join(folder, 'tokenizer_config.json'), `${JSON.stringify(config, null, 2)}\n`);
}

const tokenEnding = (tokenizer: ByteLevelTokenizer): string =>
  Buffer.from(tokenizer.bytesOf(tokenizer.endOfTextId) ?? []).toString('utf8');

function tokenizerJson({ file }: ByteLevelTokenizer): unknown {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: file.addedTokens.map((token) => ({ ...token, normalized: false })),
    normalizer: file.formC ? { type: 'NFC' } : null,
    pre_tokenizer:
      file.splitPattern === GPT2_PATTERN
        ? { ...byteLevel, use_regex: true }
        : {
            type: 'Sequence',
            pretokenizers: [
              {
                type: 'Split',
                pattern: { Regex: file.splitPattern },
                behavior: 'Isolated',
                invert: false,
              },
              { ...byteLevel, use_regex: false },
            ],
          },
    post_processor: null,
    decoder: { ...byteLevel, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: file.ignoreMerges,
      vocab: file.vocabulary,
      merges: file.merges.map(([left, right]) => `${left} ${right}`),
    },
  };
}
