/** @file CWE-89 in Python: looking up one row by a column's value, in a real SQLite database. */
import { defineFamily, literal } from '../family.ts';
import { COLUMNS, plural, THINGS } from '../words.ts';

export const pythonSqlFind = defineFamily({
  id: 'python-sql-find',
  title: 'look up one row (Python)',
  cwe: 'CWE-89',
  language: 'python',
  description: 'The value is pasted into the text of the query.',
  pools: { thing: THINGS, column: COLUMNS, verb: ['find', 'get', 'load'] },
  instance: ({ thing, column, verb }) => {
    const table = plural(thing);
    const name = `${verb}_${thing}_by_${column}`;
    const select = `SELECT * FROM ${table} WHERE ${column} = `;
    const database = `import sqlite3\nconnection = sqlite3.connect(':memory:')\nconnection.execute('CREATE TABLE ${table} (id INTEGER, ${column} TEXT)')\nconnection.executemany('INSERT INTO ${table} VALUES (?, ?)', [(1, 'alpha'), (2, 'beta')])\n`;
    return {
      name,
      args: ['connection', column],
      phrases: [
        `~return the first row of table ${table} where ${column} matches, or None`,
        `~query table ${table} by ${column} and ~return the first row or None`,
        `~look up one row of table ${table} by its ${column}`,
      ],
      notes: ['look up one row', 'first match or None'],
      vulnerable: [
        (s) => s.returns(`connection.execute(f"${select}'{${column}}'").fetchone()`),
        (s) => s.returns(`connection.execute("${select}'" + ${column} + "'").fetchone()`),
        (s) => s.returns(`connection.execute("${select}'%s'" % ${column}).fetchone()`),
      ],
      secure: [
        (s) => s.returns(`connection.execute('${select}?', (${column},)).fetchone()`),
        (s) => {
          const sql = s.name('sql', 'command', 'statement');
          return `${sql} = '${select}?'\nreturn connection.execute(${sql}, [${column}]).fetchone()`;
        },
      ],
      world: {},
      functionalTests: {
        'finds the row': `${database}assert ${name}(connection, 'beta')[0] == 2`,
        'nothing found': `${database}assert ${name}(connection, 'gamma') is None`,
      },
      exploitTests: {
        'a quote does not widen the query': `${database}try:\n    row = ${name}(connection, ${literal("x' OR '1'='1")})\nexcept Exception:\n    row = None\nassert row is None`,
      },
    };
  },
});
