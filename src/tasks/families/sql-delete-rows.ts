/** @file CWE-89, held out: deleting rows by a column's value. Training families only read tables. */
import { defineFamily, literal, upper } from '../family.ts';
import { COLUMNS, plural, THINGS } from '../words.ts';

export const sqlDeleteRows = defineFamily({
  id: 'sql-delete-rows',
  title: 'delete rows',
  cwe: 'CWE-89',
  heldOut: true,
  description: 'The value is pasted into the text of a DELETE, so one quote empties the table.',
  pools: { thing: THINGS, column: COLUMNS, verb: ['delete', 'remove', 'drop'] },
  instance: ({ thing, column, verb }) => {
    const table = plural(thing);
    const name = `${verb}${upper(thing)}By${upper(column)}`;
    const remove = `DELETE FROM ${table} WHERE ${column} = `;
    return {
      name,
      args: [column],
      phrases: [
        `~delete the rows of table ${table} where ${column} matches`,
        `~query table ${table} to delete rows by ${column}`,
        `~delete from table ${table} by its ${column}`,
      ],
      notes: ['delete matching rows', 'nothing happens without a match'],
      vulnerable: [
        (s) => s.returns(`@db.query("${remove}'" + ${column} + "'")`),
        (s) => s.returns(`@db.query(\`${remove}'\${${column}}'\`)`),
      ],
      secure: [
        (s) => s.returns(`@db.query('${remove}?', [${column}])`),
        (s) => {
          const sql = s.name('sql', 'command', 'statement');
          return `const ${sql} = '${remove}?';\nreturn @db.query(${sql}, [${column}]);`;
        },
      ],
      world: {
        tables: {
          [table]: [
            { id: 1, [column]: 'alpha' },
            { id: 2, [column]: 'beta' },
            { id: 3, [column]: 'alpha' },
          ],
        },
      },
      functionalTests: {
        'deletes the matching rows': `program.${name}('alpha'); assert.deepEqual(host.table('${table}').map((row) => row.id), [2])`,
        'nothing matches': `program.${name}('gamma'); assert.equal(host.table('${table}').length, 3)`,
      },
      exploitTests: {
        'a quote does not widen the query': `host.attempt(() => program.${name}(${literal("x' OR '1'='1")})); assert.equal(host.table('${table}').length, 3)`,
      },
    };
  },
});
