/**
 * @file ruff's S rules (bandit's, rewritten), in process through WebAssembly: always there. Bare functions get an import
 * prelude, since the rules want to see where a name comes from. S101, S404, S603, S607 are left out: they fire on fixed code.
 */
import { z } from 'zod';
import type { Analyzer, Severity } from '../finding.ts';
import { createToolAnalyzer, type ToolReport } from './tool.ts';

const CWE_OF: Readonly<Record<string, string>> = {
  S102: 'CWE-95',
  S103: 'CWE-732',
  S104: 'CWE-605',
  S105: 'CWE-259',
  S106: 'CWE-259',
  S107: 'CWE-259',
  S108: 'CWE-377',
  S110: 'CWE-703',
  S112: 'CWE-703',
  S113: 'CWE-400',
  S201: 'CWE-94',
  S202: 'CWE-22',
  S301: 'CWE-502',
  S302: 'CWE-502',
  S303: 'CWE-327',
  S304: 'CWE-327',
  S305: 'CWE-327',
  S306: 'CWE-377',
  S307: 'CWE-95',
  S308: 'CWE-79',
  S310: 'CWE-22',
  S311: 'CWE-330',
  S312: 'CWE-319',
  S313: 'CWE-611',
  S314: 'CWE-611',
  S315: 'CWE-611',
  S316: 'CWE-611',
  S317: 'CWE-611',
  S318: 'CWE-611',
  S319: 'CWE-611',
  S320: 'CWE-611',
  S321: 'CWE-319',
  S323: 'CWE-295',
  S324: 'CWE-327',
  S401: 'CWE-319',
  S402: 'CWE-319',
  S403: 'CWE-502',
  S413: 'CWE-327',
  S501: 'CWE-295',
  S502: 'CWE-327',
  S503: 'CWE-327',
  S504: 'CWE-327',
  S505: 'CWE-326',
  S506: 'CWE-502',
  S507: 'CWE-295',
  S508: 'CWE-319',
  S509: 'CWE-319',
  S601: 'CWE-78',
  S602: 'CWE-78',
  S604: 'CWE-78',
  S605: 'CWE-78',
  S606: 'CWE-78',
  S608: 'CWE-89',
  S609: 'CWE-78',
  S610: 'CWE-89',
  S611: 'CWE-89',
  S612: 'CWE-94',
  S701: 'CWE-79',
  S702: 'CWE-79',
  S704: 'CWE-79',
};
const HIGH = /^S(102|301|302|307|50[16]|60[1258]|609|61[01])$/;
const LOW = /^S(10[4-8]|11[0-3]|311|4\d\d)$/;
const severityOf = (code: string): Severity =>
  HIGH.test(code) ? 'high' : LOW.test(code) ? 'low' : 'medium';

const PRELUDE =
  'import os, subprocess, pickle, yaml, hashlib, random, tempfile, ssl, socket, requests, sqlite3, tarfile, marshal, shelve, jinja2, flask, paramiko, xml, lxml, telnetlib, ftplib\n';

const diagnosticsSchema = z.array(
  z.object({
    code: z.string().nullable(),
    message: z.string(),
    start_location: z.object({ row: z.number(), column: z.number() }),
    end_location: z.object({ row: z.number(), column: z.number() }),
  }),
);

export async function createRuff(): Promise<Analyzer | undefined> {
  const ruff = await import('@astral-sh/ruff-wasm-nodejs').catch(() => undefined);
  if (!ruff) return undefined;
  const workspace = new ruff.Workspace(
    { lint: { select: ['S'], ignore: ['S101', 'S404', 'S603', 'S607'] } },
    ruff.PositionEncoding.Utf16,
  );
  return createToolAnalyzer({
    name: 'ruff',
    version: ruff.Workspace.version(),
    languages: ['python'],
    report: (source) => {
      const bare = !/^\s*(import|from)\s/m.test(source.code);
      const indented = /^(?:[ \t]*(?:#.*)?\r?\n)*[ \t]+\S/.test(source.code);
      const head = (bare ? PRELUDE : '') + (indented ? 'if 1:\n' : '');
      const shift = head.split('\n').length - 1;
      const diagnostics = diagnosticsSchema.parse(workspace.check(head + source.code));
      const broken = diagnostics.find((one) => one.code === null || one.code === 'invalid-syntax');
      if (broken) return Promise.resolve(`ruff: ${broken.message}`);
      return Promise.resolve(
        diagnostics.flatMap((one): ToolReport[] => {
          const code = one.code ?? '';
          const cwe = CWE_OF[code];
          if (!cwe || one.start_location.row <= shift) return [];
          return [
            {
              ruleId: code,
              cwe: [cwe],
              line: one.start_location.row - shift,
              column: one.start_location.column,
              endLine: one.end_location.row - shift,
              endColumn: one.end_location.column,
              severity: severityOf(code),
              confidence: 0.6,
              message: one.message,
            },
          ];
        }),
      );
    },
  });
}
