/**
 * @file What bandit's rules mean, under the numbers bandit (B602) and ruff (S602) share, and the head both need in front of a
 * function cut out of its file: imports, since the rules want to see where a name comes from, and a block for its indentation.
 */
const CWE_BY_NUMBER: Readonly<Record<string, string>> = {
  102: 'CWE-95',
  103: 'CWE-732',
  104: 'CWE-605',
  105: 'CWE-259',
  106: 'CWE-259',
  107: 'CWE-259',
  108: 'CWE-377',
  110: 'CWE-703',
  112: 'CWE-703',
  113: 'CWE-400',
  201: 'CWE-94',
  202: 'CWE-22',
  301: 'CWE-502',
  302: 'CWE-502',
  303: 'CWE-327',
  304: 'CWE-327',
  305: 'CWE-327',
  306: 'CWE-377',
  307: 'CWE-95',
  308: 'CWE-79',
  310: 'CWE-22',
  311: 'CWE-330',
  312: 'CWE-319',
  313: 'CWE-611',
  314: 'CWE-611',
  315: 'CWE-611',
  316: 'CWE-611',
  317: 'CWE-611',
  318: 'CWE-611',
  319: 'CWE-611',
  320: 'CWE-611',
  321: 'CWE-319',
  323: 'CWE-295',
  324: 'CWE-327',
  401: 'CWE-319',
  402: 'CWE-319',
  403: 'CWE-502',
  413: 'CWE-327',
  501: 'CWE-295',
  502: 'CWE-327',
  503: 'CWE-327',
  504: 'CWE-327',
  505: 'CWE-326',
  506: 'CWE-502',
  507: 'CWE-295',
  508: 'CWE-319',
  509: 'CWE-319',
  601: 'CWE-78',
  602: 'CWE-78',
  604: 'CWE-78',
  605: 'CWE-78',
  606: 'CWE-78',
  608: 'CWE-89',
  609: 'CWE-78',
  610: 'CWE-89',
  611: 'CWE-89',
  612: 'CWE-94',
  701: 'CWE-79',
  702: 'CWE-79',
  704: 'CWE-79',
};

/** CWE of a rule id as either tool writes it; undefined where the rule is not about security as we count it. */
export const cweOfBanditRule = (id: string): string | undefined =>
  CWE_BY_NUMBER[id.replace(/^[BS]/, '')];

const PRELUDE =
  'import os, subprocess, pickle, yaml, hashlib, random, tempfile, ssl, socket, requests, sqlite3, tarfile, marshal, shelve, jinja2, flask, paramiko, xml, lxml, telnetlib, ftplib\n';

/** The text to put in front of a Python source; empty for a whole file with imports. */
export function headFor(code: string): string {
  const bare = !/^\s*(import|from)\s/m.test(code);
  const indented = /^(?:[ \t]*(?:#.*)?\r?\n)*[ \t]+\S/.test(code);
  return (bare ? PRELUDE : '') + (indented ? 'if 1:\n' : '');
}
