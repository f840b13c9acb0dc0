import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Teacher } from '../../../teacher/teacher.ts';
import { createBuildKit, type BuildKit } from '../../build/offline-kit.ts';
import { reflectOn } from '../loop.ts';

let kit: BuildKit;
let teacher: Teacher;
beforeAll(async () => {
  kit = await createBuildKit(['c', 'cpp', 'python', 'javascript']);
  teacher = kit.offlineTeacher;
});

const verdictOf = async <V>(answer: Promise<{ ok: boolean; verdict?: V }>): Promise<V> => {
  const { verdict } = await answer;
  if (verdict === undefined) throw new Error('no verdict');
  return verdict;
};

describe('the offline teacher', () => {
  it('says "unknown", never "safe", where no rule fires', async () => {
    const detection = await verdictOf(
      teacher.detect({ language: 'c', code: 'int f(void) { return 1; }', vote: 0 }),
    );
    expect(detection.verdict).toBe('unknown');
  });

  it('prefers no position: the reversed question has the reversed answer', async () => {
    const code = fc.string({
      unit: fc.constantFrom(
        'if (n < 4) return; ',
        'x = a[n]; ',
        'free(p); ',
        'y += 1; ',
        'lock(m); ',
      ),
      maxLength: 200,
    });
    await fc.assert(
      fc.asyncProperty(code, code, async (a, b) => {
        const one = await verdictOf(teacher.compare({ language: 'c', a, b }));
        const two = await verdictOf(teacher.compare({ language: 'c', a: b, b: a }));
        const mirrored = { A: 'B', B: 'A', undecided: 'undecided' } as const;
        if (a !== b) expect(two.vulnerable).toBe(mirrored[one.vulnerable]);
        expect(two.certainty).toBe(one.certainty);
      }),
      { numRuns: 60 },
    );
  });

  it('sees that a check was added, and is not fooled by the swapped pair', async () => {
    const code =
      'int get(struct box *b, int i)\n{\n\tint value = b->items[i];\n\treturn value;\n}\n';
    const upstreamFix = code.replace(
      '\tint value',
      '\tif (i < 0 || i >= b->length)\n\t\treturn -1;\n\tint value',
    );
    const good = { id: 'g', language: 'c' as const, code, upstreamFix, cwe: ['CWE-125'] };
    expect((await reflectOn(good, teacher, kit.tools)).kept).toBe(true);
    const { why } = await verdictOf(teacher.compare({ language: 'c', a: code, b: upstreamFix }));
    expect(why).toMatch(/adds and takes nothing away \(\+|takes away and adds nothing \(-/);
    const swapped = { ...good, id: 's', code: upstreamFix, upstreamFix: code };
    expect((await reflectOn(swapped, teacher, kit.tools)).kept).toBe(false);
  });

  it('repairs embedded JavaScript by rules and says so', async () => {
    const record = {
      id: 'j',
      language: 'javascript' as const,
      code: "const { exec } = require('child_process');\nfunction ping(host, done) {\n  exec('ping -c 1 ' + host, done);\n}\nmodule.exports = { ping };\n",
      cwe: ['CWE-78'],
    };
    const outcome = await reflectOn(record, teacher, kit.tools);
    if (!outcome.kept) throw new Error(`${outcome.reason}: ${outcome.detail}`);
    expect(outcome.pair.origin).toBe('rule');
    expect(outcome.pair.teacher).toBe('offline');
    expect(outcome.pair.fixedCode).toContain("execFile('ping', ['-c', '1', host], done)");
    expect(outcome.pair.spans.secure.length).toBeGreaterThan(0);
  });

  it('admits when no rule understands the code', async () => {
    const record = {
      id: 'p',
      language: 'python' as const,
      code: 'def f(x):\n    return eval(x) + g(x, 1)\n',
      cwe: ['CWE-95'],
    };
    expect(await reflectOn(record, teacher, kit.tools)).toMatchObject({
      kept: false,
      reason: 'no-repair',
    });
  });
});
