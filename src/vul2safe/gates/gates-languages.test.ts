import { beforeAll, describe, expect, it } from 'vitest';
import type { Language } from '../../data/vulnerable-function.ts';
import { loadCodeTools } from './code-tools.ts';
import type { CodeTools } from './code-view.ts';
import { runGates } from './index.ts';

interface Case {
  readonly before: string;
  readonly fixed: string;
  /** [what a person would call it] a fix that is none. */
  readonly bad: Readonly<Record<string, string>>;
}

const body = (head: string, lines: readonly string[], tail = '}\n'): string =>
  `${head}\n${lines.map((line) => `    ${line}\n`).join('')}${tail}`;

/** One function, its fix by an added guard, and the ways of not fixing it. */
function cases(
  head: string,
  lines: readonly string[],
  guard: string,
  own: {
    readonly name: string;
    readonly stub: string;
    readonly exit: string;
    readonly unread: string;
    readonly log: string;
    readonly weaknesses: readonly string[];
    readonly tail?: string;
  },
): Case {
  const make = (all: readonly string[]): string => body(head, all, own.tail);
  const added = (line: string): string => make([line, ...lines]);
  return {
    before: make(lines),
    fixed: make([lines[0]!, guard, ...lines.slice(1)]),
    bad: {
      'a stub': make([own.stub]),
      'an early exit': added(own.exit),
      'a renamed local': make(lines).replace(new RegExp(`\\b${own.name}\\b`, 'g'), 'renamed_value'),
      'a variable nobody reads': added(own.unread),
      'a line in the log': added(own.log),
      'a missing bracket': make([lines[0]!, guard, ...lines.slice(1)]).replace(')', ''),
      ...Object.fromEntries(
        own.weaknesses.map((weakness) => [
          `the fix with ${weakness}`,
          make([lines[0]!, guard, weakness, ...lines.slice(1)]),
        ]),
      ),
    },
  };
}

const CASES: Partial<Record<Language, Case>> = {
  c: cases(
    'int store(struct table *t, char *name, int index)\n{',
    [
      'int slot = index * 2;',
      't->rows[slot] = lookup(t, name, slot);',
      'count_row(t, slot);',
      'return slot;',
    ],
    'if (slot < 0 || slot >= t->length) return -1;',
    {
      name: 'slot',
      stub: 'return 0;',
      exit: 'return -1;',
      unread: 'int is_checked = 1;',
      log: 'printf("checked %d\\n", 1);',
      weaknesses: [
        'system(name);',
        'printf(name);',
        'chmod(name, 0777);',
        'strcpy(t->last, name);',
      ],
    },
  ),
  cpp: cases(
    'int Table::store(const std::string& name, int index) {',
    [
      'int slot = index * 2;',
      'rows_[slot] = lookup(name, slot);',
      'countRow(slot);',
      'return slot;',
    ],
    'if (slot < 0 || slot >= length_) return -1;',
    {
      name: 'slot',
      stub: 'throw std::runtime_error("no");',
      exit: 'return -1;',
      unread: 'bool is_checked = true;',
      log: 'printf("checked\\n");',
      weaknesses: ['system(name.c_str());', 'SSL_CTX_set_verify(ctx_, SSL_VERIFY_NONE, nullptr);'],
    },
  ),
  python: cases(
    'def store(table, name, index):',
    [
      'slot = index * 2',
      'table.rows[slot] = lookup(table, name, slot)',
      'count_row(table, slot)',
      'return slot',
    ],
    'if slot < 0: raise ValueError(slot)',
    {
      name: 'slot',
      stub: 'pass',
      exit: 'return None',
      unread: 'is_checked = True',
      log: 'logger.info("checked")',
      weaknesses: [
        'os.system("ls " + name)',
        'yaml.load(name)',
        'requests.get(name, verify=False)',
      ],
      tail: '',
    },
  ),
  javascript: cases(
    'function store(table, name, index) {',
    [
      'const slot = index * 2;',
      'table.rows[slot] = lookup(table, name, slot);',
      'countRow(table, slot);',
      'return slot;',
    ],
    'if (slot < 0 || slot >= table.length) return -1;',
    {
      name: 'slot',
      stub: 'return null;',
      exit: 'return;',
      unread: 'const isChecked = true;',
      log: "console.log('checked');",
      weaknesses: [
        'eval(name);',
        "setTimeout('run(' + name + ')', 1);",
        "db.query('SELECT ' + name);",
      ],
    },
  ),
  java: cases(
    'int store(Table table, String name, int index) {',
    [
      'int slot = index * 2;',
      'table.rows[slot] = lookup(table, name, slot);',
      'countRow(table, slot);',
      'return slot;',
    ],
    'if (slot < 0 || slot >= table.length) return -1;',
    {
      name: 'slot',
      stub: 'throw new UnsupportedOperationException();',
      exit: 'return -1;',
      unread: 'boolean isChecked = true;',
      log: 'System.out.println("checked");',
      weaknesses: [
        'Runtime.getRuntime().exec(name);',
        'MessageDigest.getInstance("MD5");',
        'statement.executeQuery("SELECT * FROM t WHERE n = " + name);',
      ],
    },
  ),
  go: cases(
    'func store(table *Table, name string, index int) int {',
    [
      'slot := index * 2',
      'table.rows[slot] = lookup(table, name, slot)',
      'countRow(table, slot)',
      'return slot',
    ],
    'if slot < 0 || slot >= len(table.rows) { return -1 }',
    {
      name: 'slot',
      stub: 'panic("no")',
      exit: 'return 0',
      unread: 'isChecked := true',
      log: 'fmt.Println("checked")',
      weaknesses: [
        'exec.Command("sh", "-c", name).Run()',
        'md5.New()',
        'db.Query("SELECT * FROM t WHERE n = " + name)',
      ],
    },
  ),
};

let tools: CodeTools;
beforeAll(async () => {
  tools = await loadCodeTools(['c', 'cpp', 'python', 'javascript', 'java', 'go']);
});

describe.each(Object.entries(CASES) as [Language, Case][])('in %s', (language, one) => {
  const failed = (after: string): string[] =>
    runGates({ language, before: one.before, after, cwe: [] }, tools)
      .filter((gate) => !gate.passed)
      .map((gate) => `${gate.gate}: ${gate.detail}`);
  it('a guard passes', () => expect(failed(one.fixed)).toEqual([]));
  it.each(Object.entries(one.bad))('%s is rejected', (_, after) => {
    expect(failed(after)).not.toEqual([]);
  });
});

describe('errors swallowed around code left as it was', () => {
  it.each([
    [
      'python',
      'def f(a):\n    g(a)\n    return h(a)\n',
      'def f(a):\n    try:\n        g(a)\n        return h(a)\n    except Exception:\n        pass\n',
    ],
    [
      'javascript',
      'function f(a) {\n  g(a);\n  return h(a);\n}\n',
      'function f(a) {\n  try {\n  g(a);\n  return h(a);\n  } catch (error) {}\n}\n',
    ],
    [
      'java',
      'int f(int a) {\n  g(a);\n  return h(a);\n}\n',
      'int f(int a) {\n  try {\n  g(a);\n  return h(a);\n  } catch (Exception e) { return 0; }\n}\n',
    ],
  ] as const)('are no fix in %s', (language, before, after) => {
    const gates = runGates({ language, before, after, cwe: [] }, tools);
    expect(gates.find((gate) => gate.gate === 'substantive')?.passed).toBe(false);
  });
});
