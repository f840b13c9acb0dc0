/**
 * @file Plain functions: everyday code without a weak spot, over the same modules and words. In the base model's corpus they widen the
 * language and make the model follow its prompt; they are never part of a task's weak spots.
 */
import type { Pools, Variant } from './family.ts';
import { upper } from './family.ts';
import { COLUMNS, FOLDERS, plural, THINGS } from './words.ts';

export interface PlainInstance {
  readonly name: string;
  readonly args: readonly string[];
  readonly phrases: readonly string[];
  readonly notes: readonly string[];
  readonly bodies: readonly Variant[];
}

export interface PlainKind {
  readonly id: string;
  readonly pools: Pools;
  readonly instance: (parameters: Readonly<Record<string, string>>) => PlainInstance;
}

type ParametersOf<P extends Pools> = { readonly [K in keyof P]: string };

export function definePlain<const P extends Pools>(
  id: string,
  pools: P,
  instance: (parameters: ParametersOf<P>) => PlainInstance,
): PlainKind {
  return { id, pools, instance: (parameters) => instance(parameters as ParametersOf<P>) };
}

const STATES = ['open', 'closed', 'new', 'old', 'active', 'paid'] as const;
const NUMBERS = ['price', 'count', 'score', 'size', 'total', 'age'] as const;

export const PLAIN_KINDS: readonly PlainKind[] = [
  definePlain('count-rows', { thing: THINGS, verb: ['count', 'total'] }, ({ thing, verb }) => ({
    name: `${verb}${upper(plural(thing))}`,
    args: [],
    phrases: [
      `~return the number of rows of table ${plural(thing)}`,
      `~query table ${plural(thing)} and ~count its rows`,
      `~count the rows of table ${plural(thing)}`,
    ],
    notes: ['number of rows'],
    bodies: [
      (s) => s.returns(`@db.query('SELECT * FROM ${plural(thing)}').length`),
      (s) => {
        const rows = s.name('rows', 'found', 'matches');
        return `const ${rows} = @db.query('SELECT * FROM ${plural(thing)}');\nreturn ${rows}.length;`;
      },
    ],
  })),
  definePlain(
    'delete-state',
    { thing: THINGS, state: STATES, verb: ['delete', 'remove', 'drop'] },
    ({ thing, state, verb }) => ({
      name: `${verb}${upper(state)}${upper(plural(thing))}`,
      args: [],
      phrases: [
        `~delete the rows of table ${plural(thing)} where status is ${state}`,
        `~query table ${plural(thing)} to delete rows with status ${state}`,
        `~delete from table ${plural(thing)} by status ${state}`,
      ],
      notes: ['delete matching rows'],
      bodies: [
        (s) => s.returns(`@db.query("DELETE FROM ${plural(thing)} WHERE status = '${state}'")`),
        (s) =>
          s.returns(`@db.query('DELETE FROM ${plural(thing)} WHERE status = ?', ['${state}'])`),
        (s) => {
          const sql = s.name('sql', 'command', 'statement');
          return `const ${sql} = 'DELETE FROM ${plural(thing)} WHERE status = ?';\nreturn @db.query(${sql}, ['${state}']);`;
        },
      ],
    }),
  ),
  definePlain('clear-table', { thing: THINGS, verb: ['clear', 'empty'] }, ({ thing, verb }) => ({
    name: `${verb}${upper(plural(thing))}`,
    args: [],
    phrases: [
      `~delete all rows of table ${plural(thing)}`,
      `~empty table ${plural(thing)}`,
      `~query table ${plural(thing)} to delete all rows`,
    ],
    notes: ['empty the table'],
    bodies: [(s) => s.returns(`@db.query('DELETE FROM ${plural(thing)}')`)],
  })),
  definePlain('sum-field', { thing: THINGS, field: NUMBERS }, ({ thing, field }) => {
    const things = plural(thing);
    return {
      name: `sum${upper(thing)}${upper(field)}`,
      args: [things],
      phrases: [
        `~return the sum of the ${field} of all ${things}`,
        `~add up the ${field} of the given ${things}`,
        `~compute the sum of ${field} over ${things}`,
      ],
      notes: ['sum over all'],
      bodies: [
        (s) => {
          const sum = s.name('sum', 'total', 'all');
          return `return ${things}.reduce((${sum}, ${thing}) => ${sum} + ${thing}.${field}, 0);`;
        },
        (s) => {
          const sum = s.name('sum', 'total', 'all');
          return `let ${sum} = 0;\nfor (const ${thing} of ${things}) {\n  ${sum} += ${thing}.${field};\n}\nreturn ${sum};`;
        },
      ],
    };
  }),
  definePlain(
    'pluck',
    { thing: THINGS, column: COLUMNS, verb: ['pick', 'collect'] },
    ({ thing, column, verb }) => {
      const things = plural(thing);
      return {
        name: `${verb}${upper(thing)}${upper(column)}s`,
        args: [things],
        phrases: [
          `~return a list with the ${column} of each of the ${things}`,
          `~return the ${column} of each of the given ${things} as a list`,
          `~turn ${things} into a list of ${column} values`,
        ],
        notes: ['one value for each'],
        bodies: [
          (s) => s.returns(`${things}.map((${thing}) => ${thing}.${column})`),
          (s) => {
            const list = s.name('outputs', 'results', 'texts');
            return `const ${list} = [];\nfor (const ${thing} of ${things}) {\n  ${list}.push(${thing}.${column});\n}\nreturn ${list};`;
          },
        ],
      };
    },
  ),
  definePlain(
    'filter-state',
    { thing: THINGS, state: STATES, verb: ['keep', 'select'] },
    ({ thing, state, verb }) => {
      const things = plural(thing);
      return {
        name: `${verb}${upper(state)}${upper(things)}`,
        args: [things],
        phrases: [
          `~return the ${things} whose status is ${state}`,
          `~keep only ${things} with status ${state}`,
          `~filter ${things} by status ${state}`,
        ],
        notes: ['by status'],
        bodies: [
          (s) => s.returns(`${things}.filter((${thing}) => ${thing}.status === '${state}')`),
          (s) => {
            const list = s.name('kept', 'found', 'matches');
            return `const ${list} = [];\nfor (const ${thing} of ${things}) {\n  if (${thing}.status === '${state}') {\n    ${list}.push(${thing});\n  }\n}\nreturn ${list};`;
          },
        ],
      };
    },
  ),
  definePlain('sort-by', { thing: THINGS, field: NUMBERS }, ({ thing, field }) => {
    const things = plural(thing);
    return {
      name: `sort${upper(things)}By${upper(field)}`,
      args: [things],
      phrases: [
        `~return the ${things} sorted by ${field}`,
        `~sort a copy of ${things} by ${field}`,
        `~order ${things} by their ${field}, smallest first`,
      ],
      notes: ['smallest first'],
      bodies: [
        () => `return [...${things}].sort((a, b) => a.${field} - b.${field});`,
        () => `return ${things}.slice().sort((a, b) => a.${field} - b.${field});`,
      ],
    };
  }),
  definePlain('list-files', { folder: FOLDERS, thing: THINGS }, ({ folder, thing }) => ({
    name: `list${upper(thing)}Files`,
    args: [],
    phrases: [
      `~return the names of the files in folder ${folder}`,
      `~list the files of ${folder}`,
      `~read the folder ${folder} and ~return its file names`,
    ],
    notes: ['file names'],
    bodies: [
      (s) => s.returns(`@fs.readdirSync('${folder}')`),
      (s) => {
        const list = s.name('names', 'files', 'entries');
        return `const ${list} = @fs.readdirSync('${folder}');\nreturn ${list}.sort();`;
      },
    ],
  })),
  definePlain(
    'base-names',
    { item: ['file', 'folder', 'photo', 'report', 'item'], verb: ['short', 'base'] },
    ({ item, verb }) => ({
      name: `${verb}${upper(item)}Names`,
      args: [`${item}s`],
      phrases: [
        `~return the base name of each of the ${item}s`,
        `~return a list of the base names of the given ${item}s`,
        `~turn each of the ${item}s into its base name`,
      ],
      notes: ['without the folder'],
      bodies: [
        (s) => s.returns(`${item}s.map((${item}) => @path.basename(${item}))`),
        (s) => {
          const list = s.name('outputs', 'results', 'texts');
          return `const ${list} = [];\nfor (const ${item} of ${item}s) {\n  ${list}.push(@path.basename(${item}));\n}\nreturn ${list};`;
        },
      ],
    }),
  ),
  definePlain(
    'constant-command',
    {
      tool: ['df -h', 'uptime', 'free -m', 'date -u', 'git status', 'ls -l', 'ps aux', 'hostname'],
      verb: ['run', 'call', 'show'],
    },
    ({ tool, verb }) => ({
      name: `${verb}${upper(tool.split(' ')[0] ?? '')}Output`,
      args: [],
      phrases: [
        `~run ${tool} and ~return the output text`,
        `~return what the command ${tool} prints`,
        `~call ${tool} and ~give back its output`,
      ],
      notes: ['output of the command'],
      bodies: [
        (s) => s.returns(`@child_process.execSync('${tool}').toString()`),
        (s) => {
          const [program = '', ...rest] = tool.split(' ');
          return s.returns(
            `@child_process.execFileSync('${program}', [${rest.map((part) => `'${part}'`).join(', ')}]).toString()`,
          );
        },
      ],
    }),
  ),
  definePlain(
    'count-xml',
    { thing: THINGS, tag: ['count', 'total', 'size', 'length'] },
    ({ thing, tag }) => ({
      name: `${tag}${upper(plural(thing))}Xml`,
      args: [plural(thing)],
      phrases: [
        `~return xml, a ${tag} tag around the number of ${plural(thing)}`,
        `~build xml: the number of ${plural(thing)} in a ${tag} tag`,
        `~turn the number of ${plural(thing)} into a ${tag} tag of xml`,
      ],
      notes: ['one xml tag'],
      bodies: [
        (s) => s.returns(`'<${tag}>' + ${plural(thing)}.length + '</${tag}>'`),
        (s) => s.returns(`\`<${tag}>\${${plural(thing)}.length}</${tag}>\``),
      ],
    }),
  ),
  definePlain(
    'iso-day',
    { thing: THINGS, field: ['date', 'start', 'end', 'due'] },
    ({ thing, field }) => ({
      name: `${field}Of${upper(thing)}`,
      args: [thing],
      phrases: [
        `~return the day of the ${field} of the ${thing} as iso text`,
        `~format the ${field} of a ${thing} as year, month and day`,
        `~turn the ${field} of the ${thing} into an iso day`,
      ],
      notes: ['year, month and day'],
      bodies: [
        (s) => s.returns(`new Date(${thing}.${field}).toISOString().slice(0, 10)`),
        (s) => {
          const day = s.name('day', 'date', 'time');
          return `const ${day} = new Date(${thing}.${field});\nreturn ${day}.toISOString().slice(0, 10);`;
        },
      ],
    }),
  ),
  definePlain('page-of', { thing: THINGS, size: ['10', '20', '25', '50'] }, ({ thing, size }) => ({
    name: `page${upper(plural(thing))}`,
    args: [plural(thing), 'page'],
    phrases: [
      `~return one page of ${size} ${plural(thing)}, pages count from 0`,
      `~slice ${plural(thing)} into pages of ${size} and ~return page number page`,
      `~return the given page with ${size} ${plural(thing)}`,
    ],
    notes: ['pages count from 0'],
    bodies: [
      (s) => s.returns(`${plural(thing)}.slice(page * ${size}, (page + 1) * ${size})`),
      (s) => {
        const start = s.name('start', 'first', 'from');
        return `const ${start} = page * ${size};\nreturn ${plural(thing)}.slice(${start}, ${start} + ${size});`;
      },
    ],
  })),
  definePlain('load-config', { folder: FOLDERS, thing: THINGS }, ({ folder, thing }) => ({
    name: `load${upper(thing)}Config`,
    args: [],
    phrases: [
      `~read ${folder}/${thing}.json and ~return the object`,
      `~parse the json file ${folder}/${thing}.json`,
      `~return the object in ${folder}/${thing}.json`,
    ],
    notes: ['one json file'],
    bodies: [
      (s) => s.returns(`JSON.parse(@fs.readFileSync('${folder}/${thing}.json', 'utf8'))`),
      (s) => {
        const text = s.name('text', 'json', 'raw');
        return `const ${text} = @fs.readFileSync('${folder}/${thing}.json', 'utf8');\nreturn JSON.parse(${text});`;
      },
    ],
  })),
  definePlain(
    'reply-json',
    { thing: THINGS, field: ['count', 'total', 'size'] },
    ({ thing, field }) => ({
      name: `send${upper(thing)}${upper(field)}`,
      args: ['request', 'response'],
      phrases: [
        `~send json with the ${field} of the rows of table ${plural(thing)}`,
        `~answer with json, ${field} is the number of rows of table ${plural(thing)}`,
        `~send an object with ${field}, the number of rows of table ${plural(thing)}`,
      ],
      notes: ['small json answer'],
      bodies: [
        () => `response.json({ ${field}: @db.query('SELECT * FROM ${plural(thing)}').length });`,
        (s) => {
          const rows = s.name('rows', 'found', 'matches');
          return `const ${rows} = @db.query('SELECT * FROM ${plural(thing)}');\nresponse.json({ ${field}: ${rows}.length });`;
        },
      ],
    }),
  ),
  definePlain('group-by', { thing: THINGS, column: COLUMNS }, ({ thing, column }) => ({
    name: `group${upper(plural(thing))}By${upper(column)}`,
    args: [plural(thing)],
    phrases: [
      `~count the ${plural(thing)} by their ${column}`,
      `~return an object with the number of ${plural(thing)} for each ${column}`,
      `~group ${plural(thing)} by ${column} and ~count them`,
    ],
    notes: ['number for each'],
    bodies: [
      (s) => {
        const counts = s.name('counts', 'groups', 'numbers');
        return `const ${counts} = new Map();\nfor (const ${thing} of ${plural(thing)}) {\n  ${counts}.set(${thing}.${column}, (${counts}.get(${thing}.${column}) || 0) + 1);\n}\nreturn Object.fromEntries(${counts});`;
      },
    ],
  })),
];
