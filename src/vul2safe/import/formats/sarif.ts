/**
 * @file Findings of any SARIF 2.1 tool over the user's own code: the function around each finding becomes a record
 * without a fix; several findings in one function are one record with all their weaknesses. Paths are relative to
 * `--root` (default: the log's folder) and never leave it. CWEs come from rule tags, properties and relationships.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { detectLanguage } from '../../../code/languages.ts';
import { inputError } from '../../../kernel/errors.ts';
import { readDocument } from '../document.ts';
import { cweListOf, functionOf } from '../fields.ts';
import { EXTRACTED, functionsOfText } from '../function-changes.ts';
import { type ImportEntry, type ImportOptions, type Importer, hasColumns } from '../importer.ts';

const bag = z.record(z.string(), z.unknown());
const ruleSchema = z.looseObject({ id: z.string() });
const toolSchema = z.object({
  name: z.string().default('sarif'),
  rules: z.array(ruleSchema).default([]),
});
const locationSchema = z.object({
  physicalLocation: z
    .object({
      artifactLocation: z.object({ uri: z.string() }).optional(),
      region: z
        .object({ startLine: z.number().int().positive(), endLine: z.number().int().optional() })
        .optional(),
    })
    .optional(),
});
const resultSchema = z.object({
  ruleId: z.string().optional(),
  ruleIndex: z.number().int().optional(),
  message: z.object({ text: z.string().default('') }).default({ text: '' }),
  locations: z.array(locationSchema).default([]),
  properties: bag.default({}),
  taxa: z.array(bag).default([]),
});
const logSchema = z.object({
  runs: z.array(
    z.object({
      tool: z.object({ driver: toolSchema, extensions: z.array(toolSchema).default([]) }),
      results: z.array(z.unknown()).default([]),
    }),
  ),
});

interface Finding {
  readonly path: string;
  readonly line: number;
  readonly endLine: number;
  readonly tool: string;
  readonly ruleId: string;
  readonly cwe: readonly string[];
  readonly message: string;
  /** 1-based position in the log. */
  readonly index: number;
}

export const sarif: Importer = {
  format: 'sarif',
  title: 'SARIF findings over local code',
  expects: 'a SARIF log with runs, and the code under --root',
  recognises: (sample) => hasColumns(sample.document, ['runs']),
  async *read(input, options) {
    const log = logSchema.safeParse(readDocument(input));
    if (!log.success)
      throw inputError(
        `${input}: not a SARIF log: ${z.prettifyError(log.error)}`,
        'expected {"runs": [{"tool", "results"}]}',
      );
    const root = realpathSync(resolve(options.root ?? dirname(input)));
    const findings = new Map<string, Finding[]>();
    let index = 0;
    for (const run of log.data.runs) {
      const rules = [run.tool.driver, ...run.tool.extensions].flatMap((tool) => tool.rules);
      for (const value of run.results) {
        index++;
        const finding = readFinding(value, index, run.tool.driver.name, rules);
        if (typeof finding === 'string') {
          yield { ok: false, file: input, line: index, reason: 'malformed', detail: finding };
          continue;
        }
        findings.set(finding.path, [...(findings.get(finding.path) ?? []), finding]);
      }
    }
    if (index === 0) throw inputError(`${input}: a SARIF log without results`, 'nothing to import');
    for (const [path, list] of findings) yield* entriesOf(input, root, path, list, options);
  },
};

/** The finding, or a sentence about what is wrong with it. */
function readFinding(
  value: unknown,
  index: number,
  tool: string,
  rules: readonly z.infer<typeof ruleSchema>[],
): Finding | string {
  const parsed = resultSchema.safeParse(value);
  if (!parsed.success) return z.prettifyError(parsed.error);
  const result = parsed.data;
  const place = result.locations[0]?.physicalLocation;
  if (place?.artifactLocation === undefined || place.region === undefined)
    return 'a result without file and line';
  const rule = rules.find((one) => one.id === result.ruleId) ?? rules[result.ruleIndex ?? -1];
  return {
    path: place.artifactLocation.uri,
    line: place.region.startLine,
    endLine: place.region.endLine ?? place.region.startLine,
    tool,
    ruleId: result.ruleId ?? rule?.id ?? 'unknown',
    // Tools write them as "external/cwe/cwe-079", "CWE-79: ..." or relationship targets.
    cwe: cweListOf([
      JSON.stringify(rule ?? {}),
      JSON.stringify(result.properties),
      JSON.stringify(result.taxa),
    ]),
    message: result.message.text,
    index,
  };
}

async function* entriesOf(
  log: string,
  root: string,
  uri: string,
  findings: readonly Finding[],
  options: ImportOptions,
): AsyncGenerator<ImportEntry> {
  const rejectAll = function* (
    reason: 'source-missing' | 'unsupported-language',
    detail: string,
  ): Generator<ImportEntry> {
    for (const finding of findings)
      yield { ok: false, file: log, line: finding.index, reason, detail, id: finding.ruleId };
  };
  const path = insideRoot(root, uri);
  if (path === undefined) {
    yield* rejectAll('source-missing', `"${uri}" is not a file under ${root}`);
    return;
  }
  const code = readFileSync(path, 'utf8');
  const language = detectLanguage(code, path);
  if (!EXTRACTED.has(language)) {
    yield* rejectAll('unsupported-language', `functions of "${uri}" cannot be told apart`);
    return;
  }
  const functions = await functionsOfText(language, code);
  const lineStarts = [0];
  for (let at = code.indexOf('\n'); at >= 0; at = code.indexOf('\n', at + 1))
    lineStarts.push(at + 1);
  const byFunction = new Map<(typeof functions)[number], Finding[]>();
  for (const finding of findings) {
    const start = (lineStarts[finding.line - 1] ?? code.length) + 0;
    const first = start + (/^\s*/.exec(code.slice(start, start + 400))?.[0].length ?? 0);
    const around = functions.filter((one) => one.start <= first && first < one.end);
    // An anonymous callback rarely stands alone: the innermost function with a name, else the outermost.
    const chosen = around.findLast((one) => one.name !== '') ?? around[0];
    if (chosen === undefined) {
      yield {
        ok: false,
        file: log,
        line: finding.index,
        reason: 'no-function',
        detail: `line ${finding.line} of "${uri}" lies in no function`,
        id: finding.ruleId,
      };
      continue;
    }
    byFunction.set(chosen, [...(byFunction.get(chosen) ?? []), finding]);
  }
  for (const [one, list] of byFunction) {
    const [first] = list;
    yield {
      ok: true,
      file: log,
      line: first!.index,
      record: functionOf({
        language,
        code: code.slice(one.start, one.end),
        cwe: [...new Set(list.flatMap((finding) => finding.cwe))],
        description: list
          .map((finding) => `${finding.ruleId} (line ${finding.line}): ${finding.message}`)
          .join('\n'),
        source: {
          dataset: `SARIF ${first!.tool}`,
          file: relative(root, path),
          license: options.license,
          recordId: `${relative(root, path)}:${first!.line}:${first!.ruleId}`,
        },
      }),
    };
  }
}

/** The real path of an existing file inside `root`; undefined for anything else. */
function insideRoot(root: string, uri: string): string | undefined {
  let path: string;
  try {
    path = uri.startsWith('file:') ? fileURLToPath(uri) : join(root, decodeURIComponent(uri));
  } catch {
    return undefined;
  }
  if (!existsSync(path)) return undefined;
  const real = realpathSync(path);
  return real.startsWith(root + sep) ? real : undefined;
}
