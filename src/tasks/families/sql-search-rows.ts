/** @file CWE-89: searching a table for a part of a text. */
import { defineFamily, literal, upper } from '../family.ts';
import { COLUMNS, plural, THINGS } from '../words.ts';

export const sqlSearchRows = defineFamily({
  id: 'sql-search-rows',
  title: 'search a table',
  cwe: 'CWE-89',
  description: 'The searched text is pasted into a LIKE pattern inside the query.',
  pools: { thing: THINGS, column: COLUMNS, term: ['term', 'text', 'part'] },
  instance: ({ thing, column, term }) => {
    const table = plural(thing);
    const name = `search${upper(table)}By${upper(column)}`;
    const select = `SELECT * FROM ${table} WHERE ${column} LIKE `;
    return {
      name,
      args: [term],
      phrases: [
        `~return all rows of table ${table} whose ${column} contains ${term}`,
        `~search table ${table} for rows with ${term} in ${column}`,
        `~list rows of table ${table} where ${column} is like ${term}`,
      ],
      notes: ['search by part of a text', 'all matching rows'],
      vulnerable: [
        (s) => s.returns(`@db.query("${select}'%" + ${term} + "%'")`),
        (s) => s.returns(`@db.query(\`${select}'%\${${term}}%'\`)`),
        (s) => {
          const sql = s.name('sql', 'command', 'statement');
          return `const ${sql} = "${select}'%" + ${term} + "%'";\nreturn @db.query(${sql});`;
        },
      ],
      secure: [
        (s) => s.returns(`@db.query('${select}?', ['%' + ${term} + '%'])`),
        (s) => {
          const pattern = s.name('pattern', 'like', 'wanted');
          return `const ${pattern} = '%' + ${term} + '%';\nreturn @db.query('${select}?', [${pattern}]);`;
        },
        (s) => s.returns(`@db.query('${select}?', [\`%\${${term}}%\`])`),
      ],
      world: {
        tables: {
          [table]: [
            { id: 1, [column]: 'red apple' },
            { id: 2, [column]: 'green apple' },
            { id: 3, [column]: 'plum' },
          ],
        },
      },
      functionalTests: {
        'finds all that contain the text': `assert.deepEqual(program.${name}('apple').map((row) => row.id), [1, 2])`,
        'nothing found': `assert.equal(program.${name}('pear').length, 0)`,
      },
      exploitTests: {
        'a quote does not widen the query': `assert.equal((host.attempt(() => program.${name}(${literal("zzz' OR 1=1 --")})) ?? []).length, 0)`,
      },
    };
  },
});
