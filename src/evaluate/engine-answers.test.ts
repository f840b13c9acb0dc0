import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createEmbeddedEngine } from '../engine/embedded/create.ts';
import { loadTokenizer } from '../tokenizer/byte-level-tokenizer.ts';
import { createQuickJsSandbox } from '../sandbox/quickjs/quickjs-sandbox.ts';
import { TASK_LIMITS } from '../tasks/limits.ts';
import { taskSet } from '../tasks/sets.ts';
import { silentProgress } from '../kernel/events.ts';
import { evaluateSuite } from './evaluate-suite.ts';
import { evaluateModel } from './model-evaluation.ts';
import { renderPrompt } from './engine-answers.ts';
import { readChatTemplate } from '../models/chat-template.ts';
import { writeFileSync } from 'node:fs';

const base = resolve(import.meta.dirname, '../../models/base');

describe('eval --suite embedded', () => {
  it('judges the very programs that the demo judges, with the same verdicts', async () => {
    const count = 2;
    const evaluated = await evaluateSuite(
      { suite: 'embedded', model: base, n: 1, ks: [1], seed: 1, limit: count },
      silentProgress,
      new AbortController().signal,
    );
    const engine = await createEmbeddedEngine({ model: { folder: base }, threads: 1 });
    const sandbox = await createQuickJsSandbox();
    const judged = await evaluateModel({
      engine,
      tokenizer: loadTokenizer(base),
      tasks: taskSet('held-out-instance', 1, count).map(({ task }) => task),
      samplesPerTask: 1,
      maxTokens: 320,
      temperature: 0.6,
      seed: 1,
      sandboxFor: () => Promise.resolve(sandbox),
      limitsFor: () => TASK_LIMITS.javascript,
    });
    await sandbox.close();
    await engine.close();
    const seen = evaluated.samples.map(({ program, func, sec }) => ({ program, func, sec }));
    expect(seen).toEqual(
      judged.map(({ program, functional, secure }) => ({ program, func: functional, sec: secure })),
    );
  });
});

describe('a prompt', () => {
  it('goes through the chat template of an instruct model and stays text for a base model', () => {
    const folder = mkdtempSync(join(tmpdir(), 'vul2safe-chat-'));
    writeFileSync(
      join(folder, 'chat_template.jinja'),
      '{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}',
    );
    const plain = { encode: () => ({ ids: [1, 2] }) } as unknown as Parameters<
      typeof renderPrompt
    >[1];
    expect(renderPrompt('add', plain, readChatTemplate(folder))).toBe('<|user|>add<|assistant|>');
    expect(renderPrompt('add', plain, undefined)).toBe('add\n');
    expect(renderPrompt('add', loadTokenizer(base), undefined)).toBe('add\n<|answer|>');
  });
});
