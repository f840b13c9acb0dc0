import { describe, expect, it } from 'vitest';
import { type VulnerableFunction, functionId } from '../../data/vulnerable-function.ts';
import { fingerprintOf } from '../leaks/fingerprint.ts';
import { type Curated, type CurateOptions, curate } from './curate.ts';
import { createSeenFunctions } from './seen-functions.ts';

const CODE = `int copy_entry(char *out, const char *in, int limit) {
  int n = read_length(in);
  if (n < 0) return -1;
  memcpy(out, in + 2, n);
  log_entry("copied", n);
  out[n] = 0;
  return n;
}`;
const FIX = CODE.replace('n < 0', 'n < 0 || n >= limit');

function make(
  id: string,
  code: string,
  upstreamFix?: string,
  language: VulnerableFunction['language'] = 'c',
): VulnerableFunction {
  return { id, language, code, cwe: [], ...(upstreamFix === undefined ? {} : { upstreamFix }) };
}

async function run(
  records: readonly VulnerableFunction[],
  options?: CurateOptions,
): Promise<Curated[]> {
  const results: Curated[] = [];
  for await (const result of curate(records, options)) results.push(result);
  return results;
}
const outcome = (results: readonly Curated[]): string[] =>
  results.map((one) =>
    one.kept ? (one.undecidable?.reason ?? 'kept') : `${one.id}:${one.reason}`,
  );

describe('curate', () => {
  it('keeps the first of copies and says of which record the others are copies', async () => {
    const results = await run([
      make('a', CODE, FIX),
      make('b', CODE, FIX),
      make('c', CODE.replaceAll('\n  ', '\n\t/* x */ '), FIX),
      make('d', CODE.replaceAll('out', 'target').replace(/\bn\b/g, 'length')),
      make('e', CODE.replace('"copied"', '"done"')),
    ]);
    expect(outcome(results)).toEqual([
      'kept',
      'b:duplicate',
      'c:duplicate',
      'd:near-duplicate',
      'kept',
    ]);
    expect(results[1]).toMatchObject({ detail: expect.stringContaining('a') });
  });

  it('removes near copies at the asked similarity, or none at all', async () => {
    const body = Array.from({ length: 30 }, (_, i) => `  step_${i}(state, ${i}, "s${i}");`);
    const long = `void run(struct state *state) {\n${body.join('\n')}\n}`;
    const near = long.replace('step_7(state, 7', 'step_7(state, 700');
    expect(outcome(await run([make('a', long), make('b', near)]))).toEqual([
      'kept',
      'b:near-duplicate',
    ]);
    expect(
      outcome(await run([make('a', long), make('b', near)], { nearDuplicates: false })),
    ).toEqual(['kept', 'kept']);
  });

  it('refuses what is too short, too long, unchanged, or in no known language', async () => {
    const results = await run([
      make('short', 'f();'),
      make('long', `void f() { ${'g(1);'.repeat(20_000)} }`),
      make('same', CODE, CODE),
      make('odd', 'lorem ipsum dolor sit amet consectetur', undefined, 'unknown'),
    ]);
    expect(outcome(results)).toEqual([
      'short:too-short',
      'long:too-long',
      'same:unchanged',
      'odd:unknown-language',
    ]);
  });

  it('finds the language of a record and moves only content ids', async () => {
    const python = 'def load(self, name):\n    return open(self.root + name).read()';
    const given = make('given', python, undefined, 'unknown');
    const content = {
      ...make('', `${python} + ""`, undefined, 'unknown'),
      id: functionId('unknown', `${python} + ""`),
    };
    const results = await run([given, content]);
    expect(results).toMatchObject([
      { kept: true, record: { id: 'given', language: 'python' } },
      { kept: true, record: { id: functionId('python', `${python} + ""`), language: 'python' } },
    ]);
  });

  it('marks what cannot be decided from its own text', async () => {
    const changed = (n: number, from: string, to: string): VulnerableFunction => {
      const code = CODE.replace('log_entry', `log_entry_${n}`).replace(
        'read_length',
        `read_${n}_${n * 7}`,
      );
      return make(String(n), code, code.replaceAll(from, to));
    };
    const results = await run(
      [
        make('tiny', 'int f(int a) { return 1; }'),
        changed(1, 'memcpy', '/* checked */ memcpy'),
        changed(2, 'limit', 'maximum'),
        changed(3, '  memcpy', '  assert(n >= 0);\n  memcpy'),
        changed(4, '  memcpy', '  if (n > limit) return -1;\n  memcpy'),
      ],
      { nearDuplicates: false },
    );
    expect(outcome(results)).toEqual([
      'tiny',
      'only-comments-changed',
      'only-names-changed',
      'only-asserts-changed',
      'kept',
    ]);
  });
});

describe('createSeenFunctions', () => {
  it('remembers texts for ever and near copies for two generations', () => {
    const codeOf = (n: number): string =>
      `int f_${n}(char *s) {\n${Array.from({ length: 12 }, (_, i) => `  call_${n}_${i}(s, ${n * 100 + i}, "${n}.${i}");`).join('\n')}\n}`;
    const print = (code: string) => fingerprintOf('c', code);
    const seen = createSeenFunctions(0.8, 3);
    for (let n = 0; n < 10; n++) seen.add(print(codeOf(n)), `id-${n}`);
    const renamedCopy = (n: number) =>
      print(codeOf(n).replaceAll('(s, ', '(text, ').replace('*s', '*text'));
    expect(seen.find(print(codeOf(9)))).toMatchObject({ kind: 'exact', original: 'id-9' });
    expect(seen.find(print(codeOf(0)))).toMatchObject({
      kind: 'layout',
      original: 'kept record number 1',
    });
    expect(seen.find(renamedCopy(7))).toMatchObject({ kind: 'renamed', original: 'id-7' });
    expect(seen.find(renamedCopy(0))).toBeUndefined();
  });
});
