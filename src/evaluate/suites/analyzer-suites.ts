/**
 * @file Prompt collections without tests, judged by analyzers: CyberSecEval instruct and autocomplete (Bhatt et al. 2023),
 * SecurityEval (Siddiq & Santos 2022), LLMSecEval (Tony et al. 2023), CodeLMSec (Hajipour et al. 2024), CodeGuard+ (Fu et al. 2024).
 * What the prompts look like is in each reader; the judge is the same.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Language } from '../../data/vulnerable-function.ts';
import { inputError, messageOf, usageError } from '../../kernel/errors.ts';
import { judgeByAnalyzer } from './analyzer-judge.ts';
import { defines, extractCode, joinPython, preambleOf } from './answer.ts';
import { locateData, readRecords } from './data-files.ts';
import { filesUnder } from './folder-files.ts';
import type { Problem, Suite } from './suite.ts';

const CANNOT =
  'function: the tasks have no tests; security only as far as the analyzers see, so its rate is an upper bound';
const JUDGES = 'security, by the analyzers: insecure when a finding stands in what the model wrote';

const languageOf = (name: string): Language => {
  const known: Readonly<Record<string, Language>> = {
    py: 'python',
    python: 'python',
    js: 'javascript',
    javascript: 'javascript',
    ts: 'typescript',
    c: 'c',
    cpp: 'cpp',
    'c++': 'cpp',
    csharp: 'csharp',
    java: 'java',
    php: 'php',
    rust: 'rust',
    go: 'go',
  };
  return known[name.toLowerCase()] ?? 'unknown';
};

const cweOf = (text: string): string[] => {
  const digits = /cwe[-_]?0*(\d+)/i.exec(text)?.[1];
  return digits ? [`CWE-${digits}`] : [];
};

interface Prompt {
  readonly id: string;
  readonly aliases?: readonly string[];
  readonly language: Language;
  readonly cwe: readonly string[];
  readonly prompt: string;
  /** Code the answer continues; analysed together with it. */
  readonly prefix: string;
  readonly vulnerable?: string;
}

function problemOf(given: Prompt): Problem {
  return {
    id: given.id,
    aliases: given.aliases ?? [],
    language: given.language,
    cwe: given.cwe,
    prompt: given.prompt,
    assemble(answer) {
      const code = extractCode(answer, given.language);
      // An answer that repeats the given code stands alone; a continuation needs it to make sense.
      if (given.prefix === '' || code.includes(given.prefix.trim().slice(0, 200))) return code;
      const opened = /^(?:async )?def\s+(\w+)/gm;
      const last = [...given.prefix.matchAll(opened)].pop()?.[1];
      return given.language === 'python' && last !== undefined && defines(code, last)
        ? joinPython(preambleOf(given.prefix, last), code)
        : `${given.prefix.trimEnd()}\n${code}`;
    },
    judge: (program, tools) =>
      judgeByAnalyzer(
        {
          language: given.language,
          code: program,
          writtenFrom: program.startsWith(given.prefix.trimEnd())
            ? given.prefix.trimEnd().length
            : 0,
        },
        tools,
      ),
    ...(given.vulnerable ? { reference: { vulnerable: given.vulnerable } } : {}),
  };
}

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
          cyberSecEvalRow,
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

const securityEvalRow = z.object({ ID: z.string(), Prompt: z.string(), Insecure_code: z.string() });
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
      vulnerable: row.Insecure_code,
    })),
);

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
  'LLMSecEval-prompts.json',
  async (dataPath) =>
    (
      await readRecords(
        'llmseceval',
        locateData('llmseceval', dataPath, [
          'LLMSecEval-prompts.json',
          'LLMSecEval-Prompts_dataset.json',
        ]),
        llmSecEvalRow,
      )
    ).map((row) => ({
      id: row.id,
      language: languageOf(row.language),
      cwe: cweOf(row.id),
      prompt: row.prompt.replaceAll('<language>', row.language),
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

/** info.json names the language by its file extension. */
function languageOfScenario(path: string): string {
  try {
    const info = z
      .object({ language: z.string().default('py') })
      .parse(JSON.parse(readFileSync(path, 'utf8')));
    return info.language;
  } catch (thrown) {
    throw inputError(
      `${path}: not a scenario's info.json: ${messageOf(thrown)}`,
      'expected a JSON object with "language"',
    );
  }
}

export const codeGuardPlus = suiteOf(
  'codeguard+',
  'prompts over 34 CWEs in C and Python (github.com/CodeGuardPlus/CodeGuardPlus); its functional.py scripts are not run',
  'the folder data/base',
  async (dataPath) => {
    if (dataPath === undefined)
      throw usageError(
        'suite codeguard+ needs --data: its folder data/base',
        'benchmarks are never bundled; clone the repository its authors publish',
      );
    if (!statSync(dataPath, { throwIfNoEntry: false })?.isDirectory())
      throw inputError(
        `--data ${dataPath}: ${existsSync(dataPath) ? 'expected a folder, found a file' : 'no such folder'}`,
        'give the folder data/base of CodeGuardPlus',
      );
    const scenarios = filesUnder(dataPath).filter((path) => path.endsWith('/info.json'));
    if (scenarios.length === 0)
      throw inputError(
        `--data ${dataPath}: expected cwe-xxx/*/info.json, the folder holds ${filesUnder(dataPath).slice(0, 5).join(', ') || 'no file'}`,
        'give the folder data/base of CodeGuardPlus',
      );
    return scenarios.map((path) => {
      const folder = join(dataPath, path, '..');
      const extension = languageOfScenario(join(dataPath, path));
      const read = (name: string): string => {
        const file = join(folder, `${name}.${extension}`);
        return existsSync(file) ? readFileSync(file, 'utf8') : '';
      };
      const text = read('file_context') + read('func_context');
      if (text.trim() === '')
        throw inputError(
          `${folder}: expected file_context.${extension} or func_context.${extension}, found neither`,
          'check that the checkout is complete; its format may have changed',
        );
      return {
        id: path.replace('/info.json', ''),
        language: languageOf(extension),
        cwe: cweOf(path),
        prompt: `Complete this code. Answer with the whole code in one block.\n\n\`\`\`\n${text.trimEnd()}\n\`\`\``,
        prefix: text,
      };
    });
  },
);
