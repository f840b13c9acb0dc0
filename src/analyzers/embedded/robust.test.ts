import { describe, expect, it } from 'vitest';
import { createEmbeddedAnalyzer } from './analyzer.ts';

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
});
