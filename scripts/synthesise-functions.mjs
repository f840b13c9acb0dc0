/**
 * @file Writes any number of made-up vulnerability records (generic JSONL) to see whether memory stays flat:
 *   node scripts/synthesise-functions.mjs --count 1000000 --out functions.jsonl [--seed 1] [--bad-every 1000]
 * C, Python and JavaScript functions of 10 to 40 lines with one flaw and its fix; names, calls and literals are drawn at
 * random, so hardly any two are alike. Every --bad-every'th line is cut short, as a torn download would be.
 */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { createRandom } from '../dist/kernel/random.js';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    out: { type: 'string' },
    seed: { type: 'string', default: '1' },
    'bad-every': { type: 'string', default: '0' },
  },
});
if (values.out === undefined) {
  process.stderr.write('synthesise-functions: --out FILE is needed\n');
  process.exit(2);
}
const count = Number(values.count);
const badEvery = Number(values['bad-every']);
const random = createRandom(Number(values.seed), 'synthesise-functions');

const VERBS =
  'read write copy parse load store send fetch make find drop merge split check apply'.split(' ');
const NOUNS =
  'entry page user order block token frame record header packet buffer table field key node'.split(
    ' ',
  );
const word = () => `${random.pick(VERBS)}_${random.pick(NOUNS)}`;

const SHAPES = {
  c: {
    open: (name) => `int ${name}(struct state *state, char *out, const char *in)\n{`,
    line: (v, call, n) =>
      `  int ${v} = ${call}(state, in, ${n});\n  if (${v} > ${n + 3})\n    return ${v} + ${n % 17};`,
    flaw: '  strcpy(out, in);',
    fix: '  strlcpy(out, in, sizeof(state->out));',
    close: '  return 0;\n}\n',
    cwe: 'CWE-787',
    file: 'c',
  },
  python: {
    open: (name) => `def ${name}(state, name, data):`,
    line: (v, call, n) =>
      `    ${v} = ${call}(state, data, ${n})\n    if ${v} > ${n + 3}:\n        return ${v} + ${n % 17}`,
    flaw: '    rows = state.execute("SELECT * FROM t WHERE n = \'%s\'" % name)',
    fix: '    rows = state.execute("SELECT * FROM t WHERE n = ?", (name,))',
    close: '    return rows\n',
    cwe: 'CWE-89',
    file: 'py',
  },
  javascript: {
    open: (name) => `function ${name}(state, name, data) {`,
    line: (v, call, n) =>
      `  const ${v} = ${call}(state, data, ${n});\n  if (${v} > ${n + 3}) return ${v} + ${n % 17};`,
    flaw: '  return child.execSync("cat " + name);',
    fix: '  return child.execFileSync("cat", [name]);',
    close: '}\n',
    cwe: 'CWE-78',
    file: 'js',
  },
};

const out = createWriteStream(values.out, { highWaterMark: 1 << 20 });
for (let i = 0; i < count; i++) {
  const language = random.pick(Object.keys(SHAPES));
  const shape = SHAPES[language];
  const lines = Array.from({ length: 3 + random.integer(11) }, (_, at) =>
    shape.line(
      `${random.pick(NOUNS)}${at}`,
      `${word()}_${random.integer(500)}`,
      random.integer(100_000),
    ),
  );
  const head = shape.open(`${word()}_${i}`);
  const body = lines.join('\n');
  const line = JSON.stringify({
    language,
    code: `${head}\n${body}\n${shape.flaw}\n${shape.close}`,
    upstreamFix: `${head}\n${body}\n${shape.fix}\n${shape.close}`,
    cwe: [shape.cwe],
    source: {
      dataset: 'synthetic',
      project: `project-${i % 5000}`,
      file: `src/${i}.${shape.file}`,
    },
  });
  const torn = badEvery > 0 && i % badEvery === badEvery - 1;
  if (!out.write(`${torn ? line.slice(0, 100) : line}\n`)) await once(out, 'drain');
}
out.end();
await once(out, 'close');
process.stderr.write(`${values.out}: ${count} records\n`);
