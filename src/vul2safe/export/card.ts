/** @file The Hugging Face data-set card: front matter that `datasets.load_dataset` reads, and what a person must know. */
import { stringify } from 'yaml';
import { COLUMN_MEANING } from './dataset-row.ts';
import type { DatasetStats, Tally } from './dataset-stats.ts';
import { SPLITS } from './split.ts';

export function renderCard(stats: DatasetStats): string {
  return `---\n${stringify(frontMatter(stats))}---\n\n${body(stats)}`;
}

function frontMatter(stats: DatasetStats): object {
  return {
    pretty_name: 'PrimeVul+',
    // Whatever the collections say, every function keeps its own project's licence.
    license: 'other',
    license_name: 'per-record',
    license_link: 'README.md',
    language: ['en', 'code'],
    task_categories: ['text-generation'],
    tags: ['code', 'security', 'vulnerability', 'program-repair', 'cwe', 'vul2safe'],
    size_categories: [sizeCategory(stats.rows)],
    configs: [
      {
        config_name: 'default',
        // Parquet only: with the JSONL twins matched as well, every row would be read twice.
        data_files: SPLITS.filter((split) => stats.splits[split].rows > 0).map((split) => ({
          split,
          path: `${split}.parquet`,
        })),
      },
    ],
  };
}

function sizeCategory(rows: number): string {
  if (rows < 1000) return 'n<1K';
  if (rows < 10_000) return '1K<n<10K';
  if (rows < 100_000) return '10K<n<100K';
  return rows < 1_000_000 ? '100K<n<1M' : '1M<n<10M';
}

function body(stats: DatasetStats): string {
  const { diversity: prompts } = stats;
  return `# PrimeVul+

Pairs of a vulnerable and a fixed function, each under several *implicit* prompts: tasks that never mention security and
whose natural solution is at risk. Made by Vul2Safe: real vulnerability records, a teacher's reflection, and checks
that need no model. Train on \`prompt\` -> \`fixed_code\`; \`secure_spans\` and \`vulnerable_spans\` say which characters decide.

\`\`\`python
from datasets import load_dataset
plus = load_dataset("PATH/TO/THIS/FOLDER")
# The JSONL twins leave types to be guessed (dates, columns without a value); take those of the Parquet files:
features = next(iter(plus.values())).features
same = load_dataset("json", data_files={split: f"PATH/TO/THIS/FOLDER/{split}.jsonl" for split in plus}, features=features)
\`\`\`

## Counts

| split | pairs | rows |
|---|---:|---:|
${SPLITS.map((split) => `| ${split} | ${stats.splits[split].pairs} | ${stats.splits[split].rows} |`).join('\n')}
| all | ${stats.pairs} | ${stats.rows} |

Pairs that share a project, a CVE, a commit or (up to names) a function are always in the same split: ${stats.components}
connected components, the largest with ${stats.largestComponent} pairs, dealt out with seed ${stats.seed}.
${stats.removedFromTrain.pairs} pairs were removed from train because a copy stands in an evaluation set or in validation or
test${setsOf(stats.removedFromTrain.bySet)}; see [LEAKS.md](LEAKS.md). ${stats.pairsWithoutPrompt} pairs have no prompt that passed its checks and are not in the files.

## Provenance

${table('collection', stats.datasets)}

From ${stats.projects} projects. Fix written by:

${table('origin', stats.origins)}

Judged by:

${table('teacher', stats.teachers)}

## Licences

${table('licence of the collection', stats.licenses)}

A collection's licence covers the collection. Each function keeps the licence of the project it was taken from (columns
\`project\`, \`commit\`, \`url\`); check it before you redistribute code.

## Confidence

Share of votes, consistency of blind comparison and gates, 0 to 1:

${table('confidence', Object.fromEntries(stats.confidenceHistogram.map((n, i) => [`${(i / 10).toFixed(1)} to ${((i + 1) / 10).toFixed(1)}`, n])))}

## Prompts

${table('style', stats.styles)}

Diversity over ${prompts.sampled} of ${prompts.prompts} prompts (${prompts.meanWords.toFixed(1)} words on average): distinct-1 ${prompts.distinct1.toFixed(3)}, distinct-2 ${prompts.distinct2.toFixed(3)}, distinct-3 ${prompts.distinct3.toFixed(3)},
self-BLEU ${prompts.selfBleu.toFixed(3)} (lower is more diverse).

## Weaknesses and languages

${table('CWE', stats.cwe, 25)}

${table('language', stats.languages)}

## Columns

| column | meaning |
|---|---|
${Object.entries(COLUMN_MEANING)
  .map(([name, meaning]) => `| \`${name}\` | ${meaning} |`)
  .join('\n')}

## Limits

A pair says that the fix is safer in the named respect, not that it is free of flaws. Records of real projects are
mislabelled more often than one would like; \`confidence\` ranks them, it does not prove them. The code is vulnerable on purpose: do not run it.
`;
}

const setsOf = (bySet: Readonly<Tally>): string => {
  const parts = Object.entries(bySet).map(([name, n]) => `${name}: ${n}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
};

function table(title: string, tally: Readonly<Tally>, most = 40): string {
  const entries = Object.entries(tally);
  const rest = entries.slice(most).reduce((sum, [, n]) => sum + n, 0);
  return [
    `| ${title} | pairs |`,
    '|---|---:|',
    ...entries.slice(0, most).map(([name, n]) => `| ${name.replace(/[|\n]/g, ' ')} | ${n} |`),
    ...(rest > 0 ? [`| ${entries.length - most} others | ${rest} |`] : []),
  ].join('\n');
}
