import { beforeAll, describe, expect, it } from 'vitest';
import { promptStyleSchema } from '../../data/prompted-pair.ts';
import type { RepairPair } from '../../data/repair-pair.ts';
import type { Teacher } from '../../teacher/teacher.ts';
import { createBuildKit } from '../build/offline-kit.ts';
import { failedCheck } from './checks.ts';
import { composePrompts } from './compose.ts';
import { createNoveltyGate } from './diversity.ts';
import { collectFacts, parameterName } from './facts.ts';
import { securityWordIn, withoutSecurityTalk } from './security-words.ts';
import { writePrompts } from './write-prompts.ts';

const code = `const fs = require('fs');\nconst path = require('path');\nfunction loadNote(name, encoding) {\n  return fs.readFileSync('/srv/notes/' + name, encoding);\n}\nmodule.exports = { loadNote };\n`;
const fixedCode = code.replace(
  "'/srv/notes/' + name",
  "path.join('/srv/notes/', path.basename(name))",
);
const facts = collectFacts(
  'javascript',
  code,
  fixedCode,
  'loadNote(name, encoding) returns the text of a note and logs it.',
);
const pair: RepairPair = {
  id: 'p1',
  function: { id: 'r1', language: 'javascript', code, cwe: ['CWE-22'] },
  fixedCode,
  spans: { vulnerable: [], secure: [] },
  origin: 'rule',
  teacher: 'offline',
  reflection: [],
  gates: [],
  confidence: 1,
};
let offline: Teacher;
beforeAll(async () => {
  offline = (await createBuildKit(['javascript'])).offlineTeacher;
});

describe('facts', () => {
  it('are what both versions share', () => {
    expect(facts).toMatchObject({
      name: 'loadNote',
      parameters: ['name', 'encoding'],
      action: 'load note',
      documentation: 'return the text of a note and log it',
    });
    expect(facts.calls).toContain('fs.readFileSync');
    expect(facts.topics).toContain('/srv/notes/');
    expect([...facts.fixOnly].sort()).toEqual(['basename', 'join']);
  });
  it.each([
    ['const char *name', 'name'],
    ['name: str = "x"', 'name'],
    ['int (*visit)(int)', 'visit'],
    ['...rest', 'rest'],
    ['char buf[4]', 'buf'],
  ])('read the name of %s', (parameter, name) => {
    expect(parameterName(parameter)).toBe(name);
  });
});

describe('composed prompts', () => {
  const styles = promptStyleSchema.options;
  it('exist in all nine styles, the same for the same seed, and pass every check', () => {
    const question = {
      language: 'javascript' as const,
      code,
      fixedCode,
      description: undefined,
      styles,
      seed: 's',
    };
    const { prompts } = composePrompts(question);
    expect(prompts.map((prompt) => prompt.style)).toEqual(styles);
    expect(composePrompts(question)).toEqual({ prompts });
    for (const prompt of prompts)
      expect([prompt.text, failedCheck(prompt, facts)]).toEqual([prompt.text, undefined]);
  });
  it('avoid words that only the fix has', () => {
    const fix = code.replace('return fs', 'if (handle(name)) return need; return fs');
    for (let seed = 0; seed < 30; seed++)
      for (const { text } of composePrompts({
        language: 'javascript',
        code,
        fixedCode: fix,
        description: undefined,
        styles,
        seed: `${seed}`,
      }).prompts)
        expect(text).not.toMatch(/\b(?:if|handle|need)\b/);
  });
});

describe('the checks', () => {
  it.each([
    ['leak', 'Write a secure loadNote(name, encoding).'],
    ['leak', 'Write loadNote(name, encoding) without path traversal.'],
    ['leak', 'Write loadNote(name, encoding), see CWE-22.'],
    ['leak', 'Write loadNote(name, encoding) with basename.'],
    ['grounded', 'Write a function that loads a note by name and encoding.'],
    ['grounded', 'Write loadNote(name).'],
  ])('find a failing %s', (check, text) => {
    expect(failedCheck({ text }, facts)?.check).toBe(check);
  });
  it('know security talk from ordinary words', () => {
    for (const text of ['Reads the file.', 'Is the save button red?', 'Returns an escaped label'])
      expect(withoutSecurityTalk(text)).toBe(true);
    for (const text of ['avoid XSS', 'sanitise it', 'an attacker may', 'use-after-free'])
      expect(securityWordIn(text)).toBeDefined();
  });
  it('drop repetitions', () => {
    const gate = createNoveltyGate(0.2);
    expect(gate.take('write a function that loads a note from the folder')).toBe(true);
    expect(gate.take('write a function that loads a note from the folder')).toBe(false);
    expect(gate.take('As a user I would like notes to be loaded by their names')).toBe(true);
  });
});

describe('prompts of a pair', () => {
  it('count what was dropped, by check', async () => {
    const bad: Teacher = {
      ...offline,
      writePrompts: async () => ({
        ok: true,
        verdict: {
          prompts: [
            { style: 'chat', text: 'secure loadNote(name, encoding)' },
            { style: 'ticket', text: 'Add loadNote(name, encoding).' },
            { style: 'ticket', text: 'Add loadNote(name, encoding).' },
          ],
        },
        cost: {
          model: 'm',
          promptHash: '',
          promptVersion: '',
          inputTokens: 0,
          outputTokens: 0,
          costUsd: 0,
        },
      }),
    };
    const written = await writePrompts(pair, bad, { perPair: 5, seed: 0 });
    expect(written.prompts.map((prompt) => prompt.prompt.text)).toEqual([
      'Add loadNote(name, encoding).',
    ]);
    expect(written.dropped).toEqual({ leak: 1, diverse: 1 });
  });
  it('come in as many styles as wanted', async () => {
    const written = await writePrompts(pair, offline, { perPair: 6, seed: 0 });
    expect(new Set(written.prompts.map((prompt) => prompt.prompt.style)).size).toBe(6);
  });
});
