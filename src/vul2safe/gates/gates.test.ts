import { beforeAll, describe, expect, it } from 'vitest';
import type { Language } from '../../data/vulnerable-function.ts';
import { loadCodeTools } from './code-tools.ts';
import type { CodeTools } from './code-view.ts';
import { runGates } from './index.ts';

let tools: CodeTools;
beforeAll(async () => {
  tools = await loadCodeTools(['c', 'cpp', 'python', 'javascript']);
});

const failed = (language: Language, before: string, after: string, cwe: string[] = []): string[] =>
  runGates({ language, before, after, cwe }, tools)
    .filter((gate) => !gate.passed)
    .map((gate) => gate.gate);

const C = `int copy(char *to, const char *from, size_t size)
{
	size_t length = strlen(from);
	memcpy(to, from, length);
	to[length] = 0;
	log_copy("copied", length);
	return (int)length;
}
`;
const C_FIXED = C.replace('\tmemcpy', '\tif (length >= size)\n\t\treturn -1;\n\tmemcpy');

describe('a good pair', () => {
  it('passes every gate', () => {
    expect(failed('c', C, C_FIXED)).toEqual([]);
  });
  it('passes when the fix replaces one API by another of the same shape', () => {
    const before = 'def read(text):\n    data = yaml.load(text)\n    return data["name"]\n';
    expect(failed('python', before, before.replace('yaml.load', 'yaml.safe_load'))).toEqual([]);
  });
  it('passes in JavaScript when a query gets a placeholder, and its finding is gone', () => {
    const before = `const db = require('db');\nfunction find(name) {\n  return db.query("SELECT * FROM t WHERE n = '" + name + "'");\n}\n`;
    const after = `const db = require('db');\nfunction find(name) {\n  return db.query('SELECT * FROM t WHERE n = ?', [name]);\n}\n`;
    expect(failed('javascript', before, after, ['CWE-89'])).toEqual([]);
  });
});

describe('substantive', () => {
  const noOps: [string, string][] = [
    ['the same text', C],
    ['other layout', C.replaceAll('\t', '  ').replace('{', '\n{\n')],
    ['an added comment', C.replace('\tmemcpy', '\t/* length was looked at */\n\tmemcpy')],
    ['a renamed variable', C.replaceAll('length', 'count')],
    ['a renamed parameter', C.replaceAll('size)', 'room)')],
    [
      'a compile-time assertion',
      C.replace('\tmemcpy', '\tstatic_assert(sizeof(int) == 4, "");\n\tmemcpy'),
    ],
    ['an empty statement', C.replace('\tmemcpy', '\t;\n\tmemcpy')],
    ['a dead branch', C.replace('\tmemcpy', '\tif (0) { return -1; }\n\tmemcpy')],
  ];
  it.each(noOps)('rejects %s', (_, after) => {
    expect(failed('c', C, after)).toContain('substantive');
  });
  it('counts a swapped constant as a change', () => {
    expect(failed('c', C, C.replace('memcpy(to', 'memcpy_s(to'))).not.toContain('substantive');
  });
  it('rejects a renamed local in Python and JavaScript', () => {
    const python = 'def f(a):\n    total = a + 1\n    return g(total)\n';
    expect(failed('python', python, python.replaceAll('total', 'amount'))).toContain('substantive');
    const script = 'function f(a) {\n  const total = a + 1;\n  return g(total);\n}\n';
    expect(failed('javascript', script, script.replaceAll('total', 'sum'))).toContain(
      'substantive',
    );
  });
});

describe('parses', () => {
  it('rejects a fix that does not parse where the original does', () => {
    expect(failed('c', C, C_FIXED.replace('return -1;', 'return -1'))).toContain('parses');
  });
  it('forgives errors that the original has, too', () => {
    const macro = C.replace('\tmemcpy', '\tFOREACH(x in y) {{ ;\n\tmemcpy');
    expect(failed('c', macro, macro.replace('length);\n\tto', 'length - 1);\n\tto'))).not.toContain(
      'parses',
    );
  });
});

describe('signature', () => {
  it('rejects another name and another number of parameters', () => {
    expect(failed('c', C, C_FIXED.replace('int copy', 'int copy_safe'))).toContain('signature');
    expect(failed('c', C, C_FIXED.replace(', size_t size)', ')'))).toContain('signature');
  });
  it('accepts another return type and added helpers', () => {
    expect(failed('c', C, C_FIXED.replace('int copy', 'ssize_t copy'))).toEqual([]);
    const before = 'function page(name) {\n  return "<b>" + name + "</b>" + footer(name);\n}\n';
    const after =
      'function esc(s) {\n  return String(s).replace(/</g, "&lt;");\n}\nfunction page(name) {\n  return "<b>" + esc(name) + "</b>" + footer(name);\n}\n';
    expect(failed('javascript', before, after)).not.toContain('signature');
  });
});

describe('feature-kept', () => {
  it('rejects stubs and half functions', () => {
    expect(
      failed('c', C, 'int copy(char *to, const char *from, size_t size)\n{\n\treturn 0;\n}\n'),
    ).toContain('feature-kept');
    expect(failed('c', C, `${C.split('\n').slice(0, 3).join('\n')}\n\treturn 0;\n}\n`)).toContain(
      'feature-kept',
    );
  });
  it('lets a small deletion pass', () => {
    expect(failed('c', C, C.replace('\tlog_copy("copied", length);\n', ''))).not.toContain(
      'feature-kept',
    );
  });
});

describe('related and edit-size', () => {
  it('rejects another function under the same name', () => {
    const other = `int copy(char *to, const char *from, size_t size)\n{\n\tstruct node *n;\n\tfor (n = head; n != NULL; n = n->next) {\n\t\tswitch (n->kind) { case 1: visit(n); break; default: skip(n); }\n\t}\n\twhile (queue_pop(&q)) { flush(q.first, q.last, 7); }\n\treturn q.count * 3 + 1;\n}\n`;
    const gates = failed('c', C, other);
    expect(gates.some((gate) => gate === 'related' || gate === 'edit-size')).toBe(true);
  });
});

describe('give-away', () => {
  it('rejects a new comment that names the fix, not one that was there', () => {
    expect(
      failed('c', C, C_FIXED.replace('\tif (l', '\t/* fixes CVE-2020-1234 */\n\tif (l')),
    ).toContain('give-away');
    const known = C.replace('\tmemcpy', '\t/* beware of attackers */\n\tmemcpy');
    expect(failed('c', known, known.replace('length);\n\tto', 'length - 1);\n\tto'))).not.toContain(
      'give-away',
    );
  });
});

describe('findings', () => {
  const before = `const cp = require('child_process');\nfunction ping(host) {\n  return cp.execSync('ping -c 1 ' + host).toString();\n}\n`;
  it('rejects a fix that leaves the recorded weakness', () => {
    const after = before.replace("'ping -c 1 '", "'ping -c 2 '");
    expect(failed('javascript', before, after, ['CWE-78'])).toContain('finding-gone');
  });
  it('rejects a fix that brings a new weakness', () => {
    const after = before.replace(
      "execSync('ping -c 1 ' + host)",
      "execFileSync('ping', ['-c', eval(host)])",
    );
    expect(failed('javascript', before, after, ['CWE-78'])).toContain('no-new-finding');
  });
  it('rejects a dangerous call in C that was not made before', () => {
    expect(
      failed('c', C, C_FIXED.replace('\tto[length]', '\tstrcpy(to, from);\n\tto[length]')),
    ).toContain('no-new-finding');
  });
});
