/**
 * @file Prompts for instruct models: the chat template a model folder carries (chat_template.jinja, or chat_template in
 * tokenizer_config.json) rendered over messages, as transformers' apply_chat_template does. Templates are Jinja programs
 * from the model's author, rendered by @huggingface/jinja, an interpreter without access to anything outside.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from '@huggingface/jinja';
import { z } from 'zod';
import { inputError, messageOf } from '../kernel/errors.ts';
import { readJsonFile, readTextFile } from './json-file.ts';

interface TemplateMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface ChatTemplate {
  /** The text to encode (special tokens included, so encode without adding any). Ends where the assistant begins. */
  render(messages: readonly TemplateMessage[]): string;
}

const tokenText = z.union([z.string(), z.looseObject({ content: z.string() })]);
const tokenizerConfigFile = z.looseObject({
  chat_template: z
    .union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))])
    .nullish(),
  bos_token: tokenText.nullish(),
  eos_token: tokenText.nullish(),
  pad_token: tokenText.nullish(),
});

const textOf = (token: z.infer<typeof tokenText> | null | undefined): string =>
  typeof token === 'string' ? token : (token?.content ?? '');

/** The template's text, where it stands, and the special tokens it may name; undefined for base models. */
export function chatTemplateSource(
  folder: string,
): { source: string; where: string; specialTokens: Record<string, string> } | undefined {
  const configPath = join(folder, 'tokenizer_config.json');
  const config = existsSync(configPath)
    ? readJsonFile(configPath, 'the tokenizer settings', tokenizerConfigFile)
    : {};
  const filePath = join(folder, 'chat_template.jinja');
  const inConfig = config.chat_template;
  const named = Array.isArray(inConfig)
    ? inConfig.find(({ name }) => name === 'default')?.template
    : inConfig;
  // transformers prefers the file, which its newer versions write.
  const fromFile = existsSync(filePath);
  const source = fromFile ? readTextFile(filePath, 'the chat template') : named;
  if (!source) return undefined;
  return {
    source,
    where: fromFile ? filePath : `${configPath}: field chat_template`,
    specialTokens: {
      bos_token: textOf(config.bos_token),
      eos_token: textOf(config.eos_token),
      pad_token: textOf(config.pad_token),
    },
  };
}

/** Undefined for base models, which have no template. @throws inputError when there is one that cannot be read. */
export function readChatTemplate(folder: string): ChatTemplate | undefined {
  const found = chatTemplateSource(folder);
  return found && chatTemplateFrom(found.source, found.specialTokens, found.where);
}

function chatTemplateFrom(
  source: string,
  specialTokens: Readonly<Record<string, string>>,
  where: string,
): ChatTemplate {
  let template: Template;
  try {
    template = new Template(source);
  } catch (error) {
    throw inputError(`${where}: not a Jinja template: ${messageOf(error)}`, undefined, error);
  }
  return {
    render(messages) {
      try {
        return template.render({ ...specialTokens, messages, add_generation_prompt: true });
      } catch (error) {
        throw inputError(
          `${where}: the template refused the messages (roles ${messages.map(({ role }) => role).join(', ')}): ${messageOf(error)}`,
          undefined,
          error,
        );
      }
    },
  };
}
