/**
 * @file SARIF 2.1.0 (OASIS), out and in. Out: one run per tool, rules with their CWE as taxa and tags, columns in UTF-16
 * units. In: results with a physical location; CWE ids are read from tags, taxa, rule relationships and help links.
 */
import { z } from 'zod';
import { inputError, messageOf } from '../kernel/errors.ts';
import { cweName } from './cwe.ts';
import type { ToolReport } from './external/tool.ts';
import type { Finding, Severity } from './finding.ts';

const LEVEL: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  high: 'error',
  medium: 'warning',
  low: 'note',
};
const SECURITY_SEVERITY: Readonly<Record<Severity, string>> = {
  high: '8.0',
  medium: '5.5',
  low: '2.5',
};
const SCHEMA =
  'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

export interface NotAnalysable {
  readonly file: string;
  readonly tool: string;
  readonly reason: string;
}

const uriOf = (file: string): string => file.split(/[\\/]/).map(encodeURIComponent).join('/');

/** A SARIF log. Files no tool could read become notifications of their tool, so that silence never looks like "clean". */
export function toSarif(
  findings: readonly Finding[],
  notAnalysable: readonly NotAnalysable[] = [],
): object {
  const tools = new Map<string, { version: string; findings: Finding[] }>();
  for (const finding of findings) {
    const tool = tools.get(finding.tool) ?? { version: finding.toolVersion, findings: [] };
    tools.set(finding.tool, tool);
    tool.findings.push(finding);
  }
  for (const { tool } of notAnalysable)
    if (!tools.has(tool)) tools.set(tool, { version: '0', findings: [] });
  if (tools.size === 0) tools.set('vul2safe', { version: '0', findings: [] });
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [...tools].map(([name, tool]) =>
      runOf(
        name,
        tool.version,
        tool.findings,
        notAnalysable.filter((one) => one.tool === name),
      ),
    ),
  };
}

function runOf(
  name: string,
  version: string,
  findings: readonly Finding[],
  failures: readonly NotAnalysable[],
): object {
  const rules = [...new Map(findings.map((finding) => [finding.ruleId, finding])).values()];
  const cwes = [...new Set(findings.flatMap((finding) => finding.cwe))].sort();
  return {
    tool: {
      driver: {
        name,
        version,
        rules: rules.map((finding) => ({
          id: finding.ruleId,
          shortDescription: { text: finding.message },
          defaultConfiguration: { level: LEVEL[finding.severity] },
          properties: {
            tags: ['security', ...finding.cwe.map((cwe) => `external/cwe/${cwe.toLowerCase()}`)],
            'security-severity': SECURITY_SEVERITY[finding.severity],
            ...(finding.precision ? { precision: finding.precision } : {}),
          },
          relationships: finding.cwe.map((cwe) => ({
            target: { id: cwe, index: cwes.indexOf(cwe), toolComponent: { name: 'CWE', index: 0 } },
            kinds: ['superset'],
          })),
        })),
        supportedTaxonomies: [{ name: 'CWE', index: 0 }],
      },
    },
    taxonomies: [
      {
        name: 'CWE',
        organization: 'MITRE',
        shortDescription: { text: 'Common Weakness Enumeration' },
        taxa: cwes.map((cwe) => ({ id: cwe, name: cweName(cwe) })),
      },
    ],
    columnKind: 'utf16CodeUnits',
    invocations: [
      {
        executionSuccessful: true,
        toolExecutionNotifications: failures.map((failure) => ({
          level: 'warning',
          message: { text: `not analysable: ${failure.reason}` },
          locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(failure.file) } } }],
        })),
      },
    ],
    results: findings.map((finding) => ({
      ruleId: finding.ruleId,
      ruleIndex: rules.findIndex((rule) => rule.ruleId === finding.ruleId),
      level: LEVEL[finding.severity],
      message: { text: finding.message },
      rank: Math.round(finding.confidence * 100),
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: uriOf(finding.file) },
            region: {
              startLine: finding.startLine,
              startColumn: finding.startColumn,
              endLine: finding.endLine,
              endColumn: finding.endColumn,
              charOffset: finding.start,
              charLength: finding.end - finding.start,
            },
          },
        },
      ],
      taxa: finding.cwe.map((cwe) => ({
        id: cwe,
        index: cwes.indexOf(cwe),
        toolComponent: { name: 'CWE', index: 0 },
      })),
    })),
  };
}

const regionSchema = z.object({
  startLine: z.number().int().optional(),
  startColumn: z.number().int().optional(),
  endLine: z.number().int().optional(),
  endColumn: z.number().int().optional(),
});
const referenceSchema = z.object({ id: z.string().optional() }).optional();
const ruleSchema = z.object({
  id: z.string(),
  helpUri: z.string().optional(),
  shortDescription: z.object({ text: z.string() }).partial().optional(),
  properties: z
    .object({ tags: z.array(z.string()) })
    .partial()
    .optional(),
  relationships: z.array(z.object({ target: referenceSchema })).optional(),
});
const resultSchema = z.object({
  ruleId: z.string().optional(),
  ruleIndex: z.number().int().optional(),
  level: z.string().optional(),
  message: z.object({ text: z.string() }).partial(),
  rank: z.number().optional(),
  taxa: z.array(z.object({ id: z.string() }).partial()).optional(),
  locations: z
    .array(
      z.object({
        physicalLocation: z
          .object({
            artifactLocation: z.object({ uri: z.string() }).partial().optional(),
            region: regionSchema.optional(),
          })
          .optional(),
      }),
    )
    .optional(),
});
const logSchema = z.object({
  version: z.string(),
  runs: z.array(
    z.object({
      tool: z.object({
        driver: z.object({
          name: z.string(),
          version: z.string().optional(),
          semanticVersion: z.string().optional(),
          rules: z.array(ruleSchema).optional(),
        }),
      }),
      results: z.array(resultSchema).nullish(),
    }),
  ),
});

/** A result of any tool's SARIF, with the file it names. */
export interface SarifResult extends ToolReport {
  readonly tool: string;
  readonly toolVersion: string;
  readonly file: string;
}

/** Throws `input` for text that is not SARIF 2.1.0. Results without a line are left out. */
export function resultsOfSarif(text: string): SarifResult[] {
  let parsed: z.infer<typeof logSchema>;
  try {
    parsed = logSchema.parse(JSON.parse(text));
  } catch (thrown) {
    throw inputError(
      `not a SARIF log: ${messageOf(thrown).slice(0, 200)}`,
      'expected JSON with "version": "2.1.0" and "runs"',
    );
  }
  if (!parsed.version.startsWith('2.1'))
    throw inputError(`SARIF version ${parsed.version} is not read`, 'write SARIF 2.1.0');
  return parsed.runs.flatMap((run) => {
    const { driver } = run.tool;
    return (run.results ?? []).flatMap((result): SarifResult[] => {
      const location = result.locations?.[0]?.physicalLocation;
      if (location?.region?.startLine === undefined) return [];
      const rule =
        driver.rules?.[result.ruleIndex ?? -1] ??
        driver.rules?.find((one) => one.id === result.ruleId);
      return [
        {
          tool: driver.name,
          toolVersion: driver.version ?? driver.semanticVersion ?? '0',
          file: decodeURIComponent(location.artifactLocation?.uri ?? '').replace(/^file:\/\//, ''),
          ruleId: result.ruleId ?? rule?.id ?? 'unknown',
          cwe: cweOf(rule, result),
          line: location.region.startLine,
          column: location.region.startColumn,
          endLine:
            location.region.endLine ??
            (location.region.endColumn === undefined ? undefined : location.region.startLine),
          endColumn: location.region.endColumn,
          severity: result.level === 'error' ? 'high' : result.level === 'note' ? 'low' : 'medium',
          confidence: result.rank === undefined || result.rank < 0 ? 0.5 : result.rank / 100,
          message: result.message.text ?? rule?.shortDescription?.text ?? '',
        },
      ];
    });
  });
}

function cweOf(
  rule: z.infer<typeof ruleSchema> | undefined,
  result: z.infer<typeof resultSchema>,
): string[] {
  const places = [
    ...(result.taxa ?? []).map((one) => one.id ?? ''),
    ...(rule?.properties?.tags ?? []),
    ...(rule?.relationships ?? []).map((one) => one.target?.id ?? ''),
  ];
  const help = /cwe\.mitre\.org\/data\/definitions\/(\d+)/.exec(rule?.helpUri ?? '')?.[1];
  const ids = places.flatMap((text) => /cwe[-/]?0*(\d+)/i.exec(text)?.[1] ?? []);
  if (help) ids.push(help);
  return [...new Set(ids.map((id) => `CWE-${Number(id)}`))];
}
