import { describe, expect, it } from 'vitest';
import { createEmbeddedAnalyzer } from './analyzer.ts';
import type { PlainTree } from './parse-source.ts';

describe('the embedded rules', () => {
  it('survive programs that use the names of Object.prototype', async () => {
    const analyzer = await createEmbeddedAnalyzer(['javascript', 'python', 'c']);
    for (const name of ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__']) {
      for (const code of [
        `exports.f = (a) => ${name}(a);`,
        `const { ${name} } = require('fs'); exports.f = (a) => ${name}(a);`,
        `exports.f = (a) => a.${name}(a);`,
        `const x = require('${name}'); x.f(a);`,
        `function ${name}(a) { return ${name}; } new ${name}(1);`,
      ]) {
        expect(analyzer.analyzeSync({ file: 'x.js', language: 'javascript', code }).status).toBe(
          'analysed',
        );
      }
      analyzer.analyzeSync({
        file: 'x.py',
        language: 'python',
        code: `def ${name}(a):\n    return ${name}(a)\n`,
      });
      analyzer.analyzeSync({
        file: 'x.c',
        language: 'c',
        code: `int ${name}(int a) { return ${name}(a); }`,
      });
    }
  });

  it('take imported functions for functions, whatever methods bear the same name', async () => {
    const analyzer = await createEmbeddedAnalyzer(['javascript']);
    for (const name of [
      'push',
      'append',
      'set',
      'add',
      'write',
      'exec',
      'query',
      'replace',
      'send',
    ])
      for (const code of [
        `import { ${name} } from './own.js';\nexport const f = (a) => ${name}(a, 1);`,
        `const { ${name} } = require('./own'); exports.f = (a) => ${name}(a, 1);`,
        `import own from './own.js';\nexport const f = (a) => own.${name}(a, 1);`,
      ])
        expect(
          analyzer.analyzeSync({ file: 'x.js', language: 'javascript', code }),
          code,
        ).toMatchObject({ status: 'analysed' });
  });

  it('call a text whose rules fail not analysable, by name of the fault, and go on with the next', async () => {
    const analyzer = await createEmbeddedAnalyzer(['javascript']);
    const source = {
      file: 'x.js',
      language: 'javascript',
      code: 'eval(process.argv[2]);',
    } as const;
    const noTree = { root: undefined, code: source.code, errors: 0 } as unknown as PlainTree;
    expect(analyzer.analyzeSync(source, noTree)).toEqual({
      status: 'not-analysable',
      reason: expect.stringMatching(/^a rule failed: .*undefined/),
    });
    expect(analyzer.analyzeSync(source)).toMatchObject({ status: 'analysed' });
  });
});
