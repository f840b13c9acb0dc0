import { expect, it } from 'vitest';
import { reflect } from '../../../recipes/reflect-loop.ts';

const record = {
  id: 'recipe',
  language: 'javascript' as const,
  code: 'const db = require(\'db\');\nfunction find(name) {\n  return db.query("SELECT * FROM users WHERE name = \'" + name + "\'")[0];\n}\nmodule.exports = { find };\n',
  cwe: ['CWE-89'],
};

it('the recipe makes a pair of a vulnerable function, with spans on what matters', async () => {
  const outcome = await reflect(record);
  if (!outcome.kept) throw new Error(outcome.why);
  expect(outcome.fixedCode).toContain("'SELECT * FROM users WHERE name = ?', [name]");
  expect(outcome.spans.secure.map((span) => span.text).join()).toContain('[name]');
});

it('the recipe says why it keeps nothing', async () => {
  expect(
    await reflect({ ...record, upstreamFix: record.code.replaceAll('name', 'title') }),
  ).toMatchObject({ kept: false });
  expect(await reflect({ ...record, upstreamFix: `${record.code}// reviewed\n` })).toMatchObject({
    kept: false,
  });
});
