/**
 * @file CWEval (Peng et al. 2025): per task a reference, an unsafe variant, and tests marked functionality or security that run
 * against the file under test. --data is a JSON-lines file {"task_id", "language", "files": {name: text}}, or the benchmark's own
 * folder (core/<language>/cwe_xxx_n_task.*). Tests that check upstream's own unsafe variant are left out, as upstream does.
 */
import { statSync } from 'node:fs';
import { createJudge } from './cweval-judge.ts';
import { assemble, unsafeVariants } from './cweval-program.ts';
import {
  LANGUAGES,
  partsOf,
  type Row,
  rowSchema,
  rowsOfFolder,
  sectionsOf,
} from './cweval-task.ts';
import { locateData, readRecords } from './data-files.ts';
import type { Problem, Suite } from './suite.ts';

function problemOf(row: Row): Problem {
  const parts = partsOf(row);
  const cwe = [
    ...new Set([...row.task_id.matchAll(/cwe_(\d+)/g)].map((m) => `CWE-${Number(m[1])}`)),
  ];
  const short = row.task_id.split('/').pop()!;
  const base = { id: row.task_id, aliases: [`${row.language}/${short}`, short], cwe };
  if (parts === null || parts.language === 'go')
    return {
      ...base,
      language: LANGUAGES[row.language] ?? 'unknown',
      prompt: '',
      assemble: (answer) => answer,
      judge: async () => ({
        func: null,
        sec: null,
        outcome: 'not-judged',
        detail: 'not runnable here',
      }),
      unjudgeable:
        parts === null ? 'the record lacks its task or test file' : 'Go programs cannot be run yet',
    };
  const [vulnerable, ...others] = unsafeVariants(parts);
  const needed = /\.\/(third_party\/[\w.-]+)/.exec(parts.test)?.[1];
  const { prompt } = sectionsOf(parts.task);
  return {
    ...base,
    language: parts.language,
    prompt: `Complete this ${parts.language} code. Answer with the whole code in one block.\n\n\`\`\`\n${prompt.trimEnd()}\n\`\`\``,
    assemble: (answer) => assemble(parts, answer),
    judge: createJudge(parts),
    reference: {
      fixed: parts.task,
      ...(vulnerable ? { vulnerable, otherVulnerable: others } : {}),
    },
    ...(needed
      ? { unjudgeable: `its tests run ${needed}, a program of the benchmark's container image` }
      : {}),
  };
}

/** As messages name them; the second is no file but what the benchmark's own folder has. */
const FILES = ['tasks.jsonl', 'core/<language>/cwe_*_task.* of the folder benchmark/'];

export const cwEval: Suite = {
  name: 'cweval',
  about:
    'tasks in Python, JavaScript, C, C++ and Go with functionality and security tests (github.com/Co1lin/CWEval)',
  judges:
    'function and security on the same program, by the benchmark’s own test files in the sandbox',
  cannot:
    'Go; tasks whose libraries or programs this machine lacks: both counted as not judged. Leaks: upstream counts them in C tasks of lang/',
  data: 'tasks.jsonl, or the folder benchmark/',
  async load({ dataPath }) {
    const isFolder =
      dataPath !== undefined && statSync(dataPath, { throwIfNoEntry: false })?.isDirectory();
    const fromFolder = isFolder ? rowsOfFolder(dataPath) : [];
    const rows =
      fromFolder.length > 0
        ? fromFolder
        : await readRecords('cweval', locateData('cweval', dataPath, FILES), rowSchema);
    return rows.map(problemOf);
  },
};
