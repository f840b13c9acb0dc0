/** @file CWE-89: looking up one row by a column's value. */
import { defineFamily, literal, upper } from '../family.ts';
import { COLUMNS, plural, THINGS } from '../words.ts';

export const sqlFindRow = defineFamily({
  id: 'sql-find-row',
  title: 'look up one row',
  cwe: 'CWE-89',
  description:
    'The value is pasted into the text of the query, so a quote in it changes the query.',
  pools: { thing: THINGS, column: COLUMNS, verb: ['find', 'get', 'load'] },
  instance: ({ thing, column, verb }) => {
    const table = plural(thing);
    const name = `${verb}${upper(thing)}By${upper(column)}`;
    const select = `SELECT * FROM ${table} WHERE ${column} = `;
    return {
      name,
      args: [column],
      phrases: [
        `~return the first row of table ${table} where ${column} matches`,
        `~query table ${table} by ${column} and ~return the first row`,
        `~look up one row of table ${table} by its ${column}`,
      ],
      notes: ['look up one row', 'first match or undefined'],
      vulnerable: [
        (s) => {
          const rows = s.name('rows', 'found', 'matches');
          return `const ${rows} = @db.query("${select}'" + ${column} + "'");\nreturn ${rows}[0];`;
        },
        (s) => {
          const rows = s.name('rows', 'found', 'matches');
          return `const ${rows} = @db.query(\`${select}'\${${column}}'\`);\nreturn ${rows}[0];`;
        },
        (s) => {
          const sql = s.name('sql', 'command', 'statement');
          return `const ${sql} = "${select}'" + ${column} + "'";\nreturn @db.query(${sql})[0];`;
        },
      ],
      secure: [
        (s) => {
          const rows = s.name('rows', 'found', 'matches');
          return `const ${rows} = @db.query('${select}?', [${column}]);\nreturn ${rows}[0];`;
        },
        (s) => {
          const sql = s.name('sql', 'command', 'statement');
          return `const ${sql} = '${select}?';\nreturn @db.query(${sql}, [${column}])[0];`;
        },
      ],
      world: {
        tables: {
          [table]: [
            { id: 1, [column]: 'alpha', note: 'first' },
            { id: 2, [column]: 'beta', note: 'second' },
          ],
        },
      },
      functionalTests: {
        'finds the row': `assert.equal(program.${name}('beta').id, 2)`,
        'nothing found': `assert.equal(program.${name}('gamma'), undefined)`,
      },
      exploitTests: {
        'a quote does not widen the query': `assert.ok(!host.attempt(() => program.${name}(${literal("x' OR '1'='1")})))`,
      },
    };
  },
});
