/**
 * @file Guest module `db`: `query(sql, params)` over the world's tables, with a real parser, so that injected SQL really acts.
 * SELECT (columns, *, COUNT(*), UNION [ALL]) WHERE ORDER BY LIMIT, INSERT, UPDATE, DELETE; AND OR NOT, comparisons, LIKE, IN,
 * IS NULL, ||, string literals with doubled quotes, -- and block comments, `?` parameters, several statements separated by `;`.
 * Simplified: no joins, groups or subqueries; no transactions; comparison is by number where both sides look like one.
 */
import type { GuestKit, GuestModule } from './kit.ts';

export function makeDbModule(kit: GuestKit): GuestModule {
  type Row = Record<string, unknown>;
  type Expression = (row: Row) => unknown;
  interface Token {
    kind: 'word' | 'string' | 'number' | 'symbol';
    text: string;
  }
  const fail = (message: string): Error => kit.fail(`SQL error: ${message}`, 'SQL_ERROR');

  const tokenize = (sql: string): Token[] => {
    const tokens: Token[] = [];
    const pattern =
      /\s+|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/|'((?:[^']|'')*)'|"((?:[^"]|"")*)"|`([^`]*)`|(\d+(?:\.\d+)?)|([A-Za-z_][\w.]*)|(<>|!=|<=|>=|\|\||[-=<>(),;*?+])/y;
    while (pattern.lastIndex < sql.length) {
      const from = pattern.lastIndex;
      const match = pattern.exec(sql);
      if (!match) throw fail(`near "${sql.slice(from, from + 12)}"`);
      const text = match[1] ?? match[2];
      if (text !== undefined) tokens.push({ kind: 'string', text: text.replace(/''/g, "'") });
      else if (match[3] !== undefined) tokens.push({ kind: 'word', text: match[3] });
      else if (match[4] !== undefined) tokens.push({ kind: 'number', text: match[4] });
      else if (match[5] !== undefined) tokens.push({ kind: 'word', text: match[5] });
      else if (match[6] !== undefined) tokens.push({ kind: 'symbol', text: match[6] });
    }
    return tokens;
  };
  const looksNumeric = (value: unknown): boolean =>
    typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value));
  const compare = (a: unknown, b: unknown): number => {
    if (looksNumeric(a) && looksNumeric(b)) return Number(a) - Number(b);
    const left = String(a);
    const right = String(b);
    return left < right ? -1 : left > right ? 1 : 0;
  };
  const truthy = (value: unknown): boolean =>
    value !== null &&
    value !== undefined &&
    value !== false &&
    value !== '' &&
    value !== '0' &&
    value !== 0;
  const like = (value: unknown, wanted: unknown): boolean => {
    const source = String(wanted)
      .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
      .replace(/%/g, '[\\s\\S]*')
      .replace(/_/g, '[\\s\\S]');
    return new RegExp(`^${source}$`, 'i').test(String(value));
  };

  const run = (sql: string, params: readonly unknown[]): unknown => {
    const tokens = tokenize(sql);
    let at = 0;
    let used = 0;
    const peek = (): string => (tokens[at]?.kind === 'string' ? '' : (tokens[at]?.text ?? ''));
    const isWord = (word: string): boolean => peek().toUpperCase() === word;
    const accept = (word: string): boolean => {
      if (!isWord(word)) return false;
      at++;
      return true;
    };
    const expect = (word: string): void => {
      if (!accept(word)) throw fail(`expected ${word} near "${tokens[at]?.text ?? 'end'}"`);
    };
    const name = (): string => {
      const token = tokens[at++];
      if (!token || (token.kind !== 'word' && token.kind !== 'string'))
        throw fail(`expected a name near "${token?.text ?? 'end'}"`);
      return token.text.slice(token.text.lastIndexOf('.') + 1);
    };
    const tableOf = (table: string): Row[] => {
      const rows = kit.world.tables.get(table);
      if (!rows) throw fail(`no such table: ${table}`);
      return rows;
    };
    const column = (row: Row, key: string): unknown => {
      if (Object.hasOwn(row, key)) return row[key];
      throw fail(`no such column: ${key}`);
    };

    const primary = (): Expression => {
      const token = tokens[at++];
      if (!token) throw fail('unexpected end');
      if (token.kind === 'string') return () => token.text;
      if (token.kind === 'number') return () => Number(token.text);
      if (token.text === '?') {
        if (used >= params.length) throw fail('too few parameters');
        const value = params[used++];
        return () => value;
      }
      if (token.text === '(') {
        const inner = or();
        expect(')');
        return inner;
      }
      if (token.text === '-') {
        const inner = primary();
        return (row) => -Number(inner(row));
      }
      if (token.kind !== 'word') throw fail(`near "${token.text}"`);
      const word = token.text.toUpperCase();
      if (word === 'NULL') return () => null;
      if (word === 'TRUE' || word === 'FALSE') return () => word === 'TRUE';
      if (peek() === '(') {
        at++;
        const inner = accept(')') ? undefined : or();
        if (inner) expect(')');
        return (row) => {
          const value = inner?.(row);
          if (word === 'LOWER') return String(value).toLowerCase();
          if (word === 'UPPER') return String(value).toUpperCase();
          if (word === 'LENGTH') return String(value).length;
          throw fail(`no such function: ${word}`);
        };
      }
      const key = token.text.slice(token.text.lastIndexOf('.') + 1);
      return (row) => column(row, key);
    };
    const sum = (): Expression => {
      let left = primary();
      for (;;) {
        const operator = peek();
        if (operator !== '||' && operator !== '+' && operator !== '-') return left;
        at++;
        const a = left;
        const b = primary();
        if (operator === '||') left = (row) => String(a(row)) + String(b(row));
        else left = (row) => Number(a(row)) + (operator === '+' ? 1 : -1) * Number(b(row));
      }
    };
    const comparison = (): Expression => {
      const left = sum();
      const operator = peek().toUpperCase();
      if (['=', '<>', '!=', '<', '>', '<=', '>='].includes(operator)) {
        at++;
        const right = sum();
        return (row) => {
          const a = left(row);
          const b = right(row);
          if (a === null || b === null || a === undefined || b === undefined) return false;
          const order = compare(a, b);
          if (operator === '=') return order === 0;
          if (operator === '<>' || operator === '!=') return order !== 0;
          if (operator === '<') return order < 0;
          if (operator === '>') return order > 0;
          return operator === '<=' ? order <= 0 : order >= 0;
        };
      }
      if (accept('IS')) {
        const not = accept('NOT');
        expect('NULL');
        return (row) => (left(row) === null || left(row) === undefined) !== not;
      }
      const not = accept('NOT');
      if (accept('LIKE')) {
        const wanted = sum();
        return (row) => like(left(row), wanted(row)) !== not;
      }
      if (accept('IN')) {
        expect('(');
        const options = [or()];
        while (accept(',')) options.push(or());
        expect(')');
        return (row) => options.some((option) => compare(left(row), option(row)) === 0) !== not;
      }
      if (not) throw fail('near "NOT"');
      return left;
    };
    const negation = (): Expression => {
      if (!accept('NOT')) return comparison();
      const inner = negation();
      return (row) => !truthy(inner(row));
    };
    const and = (): Expression => {
      let left = negation();
      while (accept('AND')) {
        const a = left;
        const b = negation();
        left = (row) => truthy(a(row)) && truthy(b(row));
      }
      return left;
    };
    function or(): Expression {
      let left = and();
      while (accept('OR')) {
        const a = left;
        const b = and();
        left = (row) => truthy(a(row)) || truthy(b(row));
      }
      return left;
    }
    const where = (): Expression => (accept('WHERE') ? or() : () => true);

    const select = (): Row[] => {
      const columns: { name: string; value: Expression | 'count' | 'all' }[] = [];
      do {
        if (accept('*')) columns.push({ name: '*', value: 'all' });
        else if (isWord('COUNT')) {
          at++;
          expect('(');
          if (!accept('*')) name();
          expect(')');
          columns.push({ name: accept('AS') ? name() : 'COUNT(*)', value: 'count' });
        } else {
          const label = tokens[at]?.text ?? '';
          const value = or();
          columns.push({
            name: accept('AS') ? name() : label.slice(label.lastIndexOf('.') + 1),
            value,
          });
        }
      } while (accept(','));
      const source = accept('FROM') ? tableOf(name()) : [{}];
      const condition = where();
      let rows = source.filter((row) => truthy(condition(row)));
      let order: { key: string | number; down: boolean } | undefined;
      if (accept('ORDER')) {
        expect('BY');
        const token = tokens[at++];
        order = {
          key: token?.kind === 'number' ? Number(token.text) : (token?.text ?? ''),
          down: accept('DESC') || (accept('ASC') && false),
        };
        const { key, down } = order;
        const field = typeof key === 'number' ? (columns[key - 1]?.name ?? '') : key;
        rows = [...rows].sort(
          (a, b) => (down ? -1 : 1) * compare(column(a, field), column(b, field)),
        );
      }
      if (accept('LIMIT')) {
        const limit = Number(primary()({}));
        if (Number.isNaN(limit)) throw fail('LIMIT must be a number');
        rows = rows.slice(0, limit);
      }
      const project = (row: Row): Row => {
        const made: Row = {};
        for (const { name: key, value } of columns) {
          if (value === 'all') Object.assign(made, row);
          else made[key] = value === 'count' ? rows.length : value(row);
        }
        return made;
      };
      let result = columns.some(({ value }) => value === 'count')
        ? [project({})]
        : rows.map(project);
      if (accept('UNION')) {
        accept('ALL');
        expect('SELECT');
        const names = Object.keys(result[0] ?? project(source[0] ?? {}));
        const more = select().map((row) => {
          const values = Object.values(row);
          return Object.fromEntries(
            values.map((value, index) => [names[index] ?? `c${index}`, value]),
          );
        });
        result = [...result, ...more];
      }
      return result;
    };
    const insert = (): { changes: number } => {
      expect('INTO');
      const rows = tableOf(name());
      const columns: string[] = [];
      if (accept('(')) {
        do columns.push(name());
        while (accept(','));
        expect(')');
      } else columns.push(...Object.keys(rows[0] ?? {}));
      expect('VALUES');
      let changes = 0;
      do {
        expect('(');
        const values = [or()];
        while (accept(',')) values.push(or());
        expect(')');
        if (values.length !== columns.length) throw fail('column count does not match');
        const row: Row = {};
        for (const key of Object.keys(rows[0] ?? {})) row[key] = null;
        columns.forEach((key, index) => {
          row[key] = values[index]?.({});
        });
        rows.push(row);
        changes++;
      } while (accept(','));
      return { changes };
    };
    const update = (): { changes: number } => {
      const rows = tableOf(name());
      expect('SET');
      const changes: { key: string; value: Expression }[] = [];
      do {
        const key = name();
        expect('=');
        changes.push({ key, value: sum() });
      } while (accept(','));
      const condition = where();
      let count = 0;
      for (const row of rows) {
        if (!truthy(condition(row))) continue;
        for (const { key, value } of changes) row[key] = value(row);
        count++;
      }
      return { changes: count };
    };
    const remove = (): { changes: number } => {
      expect('FROM');
      const rows = tableOf(name());
      const condition = where();
      const kept = rows.filter((row) => !truthy(condition(row)));
      const changes = rows.length - kept.length;
      rows.splice(0, rows.length, ...kept);
      return { changes };
    };
    const statement = (): unknown => {
      if (accept('SELECT')) return select();
      if (accept('INSERT')) return insert();
      if (accept('UPDATE')) return update();
      if (accept('DELETE')) return remove();
      if (accept('DROP')) {
        expect('TABLE');
        const table = name();
        kit.world.tables.delete(table);
        return { changes: 0 };
      }
      throw fail(`near "${tokens[at]?.text ?? 'end'}"`);
    };
    const first = statement();
    while (accept(';')) if (at < tokens.length) statement();
    if (at < tokens.length) throw fail(`near "${tokens[at]?.text}"`);
    return first;
  };
  const query = (sql: unknown, params?: unknown): unknown => {
    const list = params === undefined ? [] : Array.isArray(params) ? [...params] : [params];
    kit.records.queries.push({ sql: String(sql), params: list });
    return run(String(sql), list);
  };
  const quote = (value: unknown): string =>
    typeof value === 'number' ? String(value) : `'${String(value).replace(/'/g, "''")}'`;
  return { query, escape: quote };
}
