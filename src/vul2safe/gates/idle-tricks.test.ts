import { beforeAll, describe, expect, it } from 'vitest';
import type { Language } from '../../data/vulnerable-function.ts';
import { loadCodeTools } from './code-tools.ts';
import type { CodeTools } from './code-view.ts';
import { runGates } from './index.ts';

let tools: CodeTools;
beforeAll(async () => {
  tools = await loadCodeTools(['c', 'python', 'javascript']);
});

const C = `int put(struct box *b, int key, int value)
{
	int found = 0;
	int slot = 0;
	int line;
	if (key == 0)
		return -1;
	slot = find_slot(b, key);
	found = 1;
	report(b, "slot was found");
	b->items[slot] = value;
	return found;
}
`;
const PYTHON = `def put(self, key, value):
    found = False
    slot = 0
    if key is None:
        return None
    slot = self.find(key)
    self.items[slot] = value
    self.note("slot was found")
    return slot
`;

/** Names of the gates that the edit does not pass. */
const closed = (language: Language, before: string, after: string): string[] => {
  expect(after).not.toBe(before);
  return runGates({ language, before, after, cwe: [] }, tools).flatMap((gate) =>
    gate.passed ? [] : [gate.gate],
  );
};
const c = (from: string, to: string): string[] => closed('c', C, C.replace(from, to));
const python = (from: string, to: string): string[] =>
  closed('python', PYTHON, PYTHON.replace(from, to));

describe('edits that only look like fixes', () => {
  it.each([
    'if (0) return -1;',
    'if (key != key) return -1;',
    'if (slot && 0) { return -1; }',
    'if ((1 == 2) || false) return 0;',
  ])('sees that a check never holds: %s', (check) => {
    expect(c('\tslot = find', `\t${check}\n\tslot = find`)).toEqual(['substantive']);
  });

  it.each([
    'if False: return None',
    'if key != key:\n        return None',
    'if slot and False: raise ValueError(key)',
  ])('sees it in Python: %s', (check) => {
    expect(python('    slot = self', `    ${check}\n    slot = self`)).toEqual(['substantive']);
  });

  it('lets a check pass that can hold', () => {
    expect(c('\tslot = find', '\tif (key < 0) return -1;\n\tslot = find')).toEqual([]);
    expect(c('\tslot = find', '\tif (key != value) return -1;\n\tslot = find')).toEqual([]);
    expect(python('    slot = self', '    if key < 0: return None\n    slot = self')).toEqual([]);
  });

  it('sees through a condition that always holds', () => {
    const inside = (head: string, tail: string): string =>
      C.replace('\tslot = find', `\t${head} {\n\tslot = find`).replace(
        '\treturn found',
        `\t${tail}\n\treturn found`,
      );
    expect(closed('c', C, inside('if (1)', '}'))).toEqual(['substantive']);
    expect(closed('c', C, inside('do', '} while (0);'))).toEqual(['substantive']);
    expect(closed('c', C, inside('if (key > 0)', '}'))).toEqual([]);
    const indented = PYTHON.replace(
      /(?<=value\):\n)[\s\S]*/,
      (body) => `    if True:\n${body.replace(/^/gm, '    ')}`,
    );
    expect(closed('python', PYTHON, indented)).toEqual(['substantive']);
  });

  it('sees statements that are said twice, or changed places for nothing', () => {
    expect(c('\tfound = 1;', '\tfound = 1;\n\tfound = 1;')).toEqual(['substantive']);
    expect(c('\tint found = 0;\n\tint slot = 0;', '\tint slot = 0;\n\tint found = 0;')).toEqual([
      'substantive',
    ]);
    expect(python('    found = False\n    slot = 0', '    slot = 0\n    found = False')).toEqual([
      'substantive',
    ]);
  });

  it('lets statements change places where one uses what the other sets, or both call', () => {
    const report = '\treport(b, "slot was found");\n\tb->items[slot] = value;';
    const turned = '\tb->items[slot] = value;\n\treport(b, "slot was found");';
    expect(c(report, turned)).toEqual([]);
    expect(
      c(
        '\tslot = find_slot(b, key);\n\tfound = 1;\n\treport(b, "slot was found");',
        '\treport(b, "slot was found");\n\tslot = find_slot(b, key);\n\tfound = 1;',
      ),
    ).toEqual([]);
  });

  it('sees that only the wording of a text differs, and that a format or a query is more than wording', () => {
    expect(c('"slot was found"', '"the slot has been found"')).toEqual(['substantive']);
    expect(c('"slot was found"', '"slot was found %d"')).toEqual([]);
    expect(python('"slot was found"', '"select slot from found"')).toEqual([]);
  });

  it('sees that what was added speaks of another function', () => {
    expect(c('\tslot = find', '\tif (length > limit)\n\t\treturn -1;\n\tslot = find')).toEqual([
      'related',
    ]);
    expect(
      c(
        '\tslot = find',
        '\tif (key > b->limit || key > MAX_KEY || errno)\n\t\treturn -1;\n\tslot = find',
      ),
    ).toEqual([]);
    expect(
      c(
        '\tslot = find',
        '\tint limit = size_of(b);\n\tif (key > limit)\n\t\treturn -1;\n\tslot = find',
      ),
    ).toEqual([]);
  });
});

describe('repairs that mention what they repair', () => {
  const merge = `function merge(target, source) {
  for (const key of Object.keys(source)) {
    target[key] = source[key];
  }
  return target;
}
`;
  it('are not taken for the danger: a key compared with __proto__', () => {
    const guarded = merge.replace(
      '    target',
      "    if (key === '__proto__') continue;\n    target",
    );
    expect(closed('javascript', merge, guarded)).toEqual([]);
    const reached = merge.replace('  return', '  target.__proto__ = source;\n  return');
    expect(closed('javascript', merge, reached)).toEqual(['no-new-finding']);
  });

  it('are not taken for a removed feature: a query put together from pieces becomes one text', () => {
    const joined = `function store(db, key, value) {
  return db.run("INSERT INTO events (name, value) VALUES " + "(" + "'" + key + "'" + ", " + "'" + value + "'" + ")" + ";");
}
`;
    const bound = `function store(db, key, value) {
  return db.run("INSERT INTO events (name, value) VALUES (?, ?);", [key, value]);
}
`;
    expect(closed('javascript', joined, bound)).toEqual([]);
  });
});
