/**
 * @file Our own row: {"id"?, "language", "code", "cwe": [..], "upstreamFix"?, "source"?: {..}, ...}, one VulnerableFunction
 * per line, marks in code points. Also what `import` itself writes. A language may be given by another name ("C++").
 */
import { z } from 'zod';
import { decodeVulnerableFunction } from '../../../data/vulnerable-function.ts';
import { declaredLanguage } from '../fields.ts';
import { rowImporter } from '../importer.ts';

export const generic = rowImporter({
  format: 'generic',
  title: 'vul2safe functions (JSONL, JSON, CSV or Parquet)',
  columns: ['language', 'code', 'cwe'],
  open: (options) => ({
    take(row) {
      const given = withoutNulls(row);
      if (typeof given.language === 'string' && declaredLanguage(given.language) !== 'unknown')
        given.language = declaredLanguage(given.language);
      if (typeof given.cwe === 'string') given.cwe = given.cwe.split(/[\s,;|]+/).filter(Boolean);
      if (typeof given.id === 'number') given.id = String(given.id);
      if (options.license !== undefined)
        given.source = { ...(given.source as object | undefined), license: options.license };
      const id = typeof given.id === 'string' ? { id: given.id } : {};
      try {
        const record = decodeVulnerableFunction(given);
        if (record.code.trim() === '')
          return { ok: false, reason: 'empty-code', detail: '"code" is empty', ...id };
        return { ok: true, record };
      } catch (thrown) {
        if (!(thrown instanceof z.ZodError)) throw thrown;
        const detail = thrown.issues
          .map((issue) => `${issue.path.join('.') || 'row'}: ${issue.message}`)
          .join('; ');
        return { ok: false, reason: 'malformed', detail, ...id };
      }
    },
  }),
});

/** Tables without optional members (Parquet, CSV) hold nulls and empty fields for them. */
function withoutNulls(row: Record<string, unknown>): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    if (value === null || value === undefined || (value === '' && name !== 'code')) continue;
    const isStruct = typeof value === 'object' && !Array.isArray(value);
    given[name] = isStruct ? withoutNulls(value as Record<string, unknown>) : value;
  }
  return given;
}
