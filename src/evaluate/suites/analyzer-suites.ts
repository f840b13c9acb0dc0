/**
 * @file Prompt collections without tests, judged by analyzers: CyberSecEval instruct and autocomplete (Bhatt et al. 2023),
 * SecurityEval (Siddiq & Santos 2022), LLMSecEval (Tony et al. 2023), CodeLMSec (Hajipour et al. 2024).
 * What the prompts look like is in each reader; the judge is the same.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { inputError } from '../../kernel/errors.ts';
import { locateData, readRecords } from './data-files.ts';
import { filesUnder } from './folder-files.ts';
import { cweOf, languageOf, type Prompt, problemOf } from './prompt-problem.ts';
import type { Suite } from './suite.ts';

const CANNOT =
  'function: the tasks have no tests; security only as far as the analyzers see, so its rate is an upper bound';
const JUDGES = 'security, by the analyzers: insecure when a finding stands in what the model wrote';

const suiteOf = (
  name: string,
  about: string,
  data: string,
  read: (dataPath: string | undefined) => Promise<Prompt[]>,
): Suite => ({
  name,
  about,
  judges: JUDGES,
  cannot: CANNOT,
  data,
  load: async ({ dataPath }) => (await read(dataPath)).map(problemOf),
});

const cyberSecEvalRow = z.object({
  prompt_id: z.union([z.number(), z.string()]),
  cwe_identifier: z.string(),
  test_case_prompt: z.string(),
  origin_code: z.string().default(''),
  language: z.string(),
  variant: z.string().optional(),
});

const cyberSecEval = (variant: 'instruct' | 'autocomplete'): Suite =>
  suiteOf(
    `cyberseceval-${variant}`,
    `1,916 ${variant} prompts in eight languages (github.com/meta-llama/PurpleLlama)`,
    `${variant}.json`,
    async (dataPath) =>
      (
        await readRecords(
          `cyberseceval-${variant}`,
          locateData(`cyberseceval-${variant}`, dataPath, [
            `${variant}.json`,
            `${variant}-v2.json`,
          ]),
          cyberSecEvalRow.refine((row) => (row.variant ?? variant) === variant, {
            message: `its variant is not "${variant}"`,
            path: ['variant'],
          }),
        )
      ).map((row) => ({
        id: String(row.prompt_id),
        language: languageOf(row.language),
        cwe: cweOf(row.cwe_identifier),
        prompt: row.test_case_prompt,
        prefix:
          variant === 'autocomplete'
            ? row.test_case_prompt.replace(/^[\s\S]*?just the code\.\s*\n/, '')
            : '',
        vulnerable: row.origin_code,
      })),
  );
export const cyberSecEvalInstruct = cyberSecEval('instruct');
export const cyberSecEvalAutocomplete = cyberSecEval('autocomplete');

/** The field's name until 2022 was Canonical_solution; the code in it is insecure all the same. */
const securityEvalRow = z
  .object({
    ID: z.string(),
    Prompt: z.string(),
    Insecure_code: z.string().optional(),
    Canonical_solution: z.string().optional(),
  })
  .refine((row) => (row.Insecure_code ?? row.Canonical_solution) !== undefined, {
    message: 'neither "Insecure_code" nor "Canonical_solution"',
  });
export const securityEval = suiteOf(
  'securityeval',
  '121 Python prompts over 69 CWEs (github.com/s2e-lab/SecurityEval)',
  'dataset.jsonl',
  async (dataPath) =>
    (
      await readRecords(
        'securityeval',
        locateData('securityeval', dataPath, ['dataset.jsonl']),
        securityEvalRow,
      )
    ).map((row) => ({
      id: row.ID,
      aliases: [row.ID.replace(/\.py$/, '')],
      language: 'python',
      cwe: cweOf(row.ID),
      prompt: `Complete this Python code. Answer with the whole code in one block.\n\n\`\`\`python\n${row.Prompt.trimEnd()}\n\`\`\``,
      prefix: row.Prompt,
      vulnerable: row.Insecure_code ?? row.Canonical_solution!,
    })),
);

/** One prompt of upstream's misspells its own mark. */
const LANGUAGE_MARK = /<lang?uage>/gi;

/** Column names vary between releases ("Promot ID" is upstream's own spelling). */
const llmSecEvalRow = z.record(z.string(), z.unknown()).transform((row, context) => {
  const text = (...names: string[]): string | undefined => {
    const value = names.map((name) => row[name]).find((one) => typeof one === 'string');
    return typeof value === 'string' ? value : undefined;
  };
  const id = text('Prompt ID', 'Promot ID');
  const prompt = text(
    'Manually-fixed NL Prompt',
    'Modified Prompt',
    'NL Prompt',
    'LLM-generated NL Prompt',
  );
  const language = text('Language');
  if (id === undefined || prompt === undefined || language === undefined) {
    context.addIssue({ code: 'custom', message: 'no "Prompt ID", "NL Prompt" or "Language"' });
    return z.NEVER;
  }
  return { id, prompt, language };
});
export const llmSecEval = suiteOf(
  'llmseceval',
  '150 natural-language prompts over 18 CWEs (github.com/tuhh-softsec/LLMSecEval)',
  'LLMSecEval-prompts.json or .csv',
  async (dataPath) =>
    (
      await readRecords(
        'llmseceval',
        locateData('llmseceval', dataPath, [
          'LLMSecEval-prompts.json',
          'LLMSecEval-Prompts_dataset.json',
          'LLMSecEval-prompts.csv',
          'LLMSecEval-Prompts_dataset.csv',
        ]),
        llmSecEvalRow,
      )
    ).map((row) => ({
      id: row.id,
      language: languageOf(row.language),
      cwe: cweOf(row.id),
      prompt: row.prompt.replace(LANGUAGE_MARK, row.language),
      prefix: '',
    })),
);

const codeLmSecRow = z.object({
  prompt: z.string(),
  language: z.string(),
  cwe: z.string(),
  id: z.string().optional(),
});
export const codeLmSec = suiteOf(
  'codelmsec',
  'prompts found to lead models into vulnerabilities, C and Python (github.com/codelmsec/codelmsec)',
  'a folder of CWE-xxx/*.py|c prompt files, or JSON lines {"prompt", "language", "cwe"}',
  async (dataPath) => {
    if (dataPath === undefined) locateData('codelmsec', dataPath, ['prompts.jsonl']);
    if (!statSync(dataPath!, { throwIfNoEntry: false })?.isDirectory())
      return (
        await readRecords('codelmsec', locateData('codelmsec', dataPath, []), codeLmSecRow)
      ).map((row, i) => ({
        id: row.id ?? String(i),
        language: languageOf(row.language),
        cwe: cweOf(row.cwe),
        prompt: `Continue this code. Answer with code only.\n\n${row.prompt}`,
        prefix: row.prompt,
      }));
    const files = filesUnder(dataPath!).filter((path) => /CWE-\d+\/[^/]+\.(?:py|c)$/i.test(path));
    if (files.length === 0)
      throw inputError(
        `--data ${dataPath}: expected CWE-xxx/*.py or *.c files, the folder holds ${filesUnder(dataPath!).slice(0, 5).join(', ') || 'no file'}`,
        'give the folder with the prompts',
      );
    return files.map((path) => {
      const text = readFileSync(join(dataPath!, path), 'utf8');
      return {
        id: path,
        language: languageOf(path.split('.').pop()!),
        cwe: cweOf(path),
        prompt: `Continue this code. Answer with code only.\n\n${text}`,
        prefix: text,
      };
    });
  },
);
