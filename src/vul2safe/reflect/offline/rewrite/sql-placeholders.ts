/**
 * @file Rewrite: SQL put together from values -> placeholders and a list of values. Only where every value stands in a
 * value's place (after a comparison, in VALUES, IN, LIMIT or a LIKE pattern); names of tables and columns have no placeholder.
 */
import { argumentsOf, type Edit, type Program } from './program.ts';
import type { RewriteRule } from './rule.ts';
import { composedText, joinParts, quote, type TextPart } from './text-parts.ts';

const SQL =
  /\b(?:select\b[\s\S]*\bfrom|insert\s+into|update\b[\s\S]*\bset|delete\s+from|replace\s+into)\b/i;
const METHODS = /^(?:query|execute|all|get|run|each|exec|raw|one|any|none|many)$/;
const VALUE_PLACE = /(?:[=<>(,]|\b(?:like|limit|offset|values|between|and|in|then|else))\s*$/i;

export const sqlPlaceholders: RewriteRule = {
  name: 'sql-placeholders',
  cwe: ['CWE-89'],
  rewrite(program) {
    const places: Edit[][] = [];
    for (const call of program.all('call_expression')) {
      const callee = call.childForFieldName('function');
      const method =
        callee?.type === 'member_expression'
          ? callee.childForFieldName('property')?.text
          : callee?.text;
      const args = argumentsOf(call);
      const first = args[0];
      if (method === undefined || !METHODS.test(method) || first === undefined) continue;
      if (args.length > 1 && !/function|arrow|identifier/.test(args[1]!.type)) continue;
      if (args[1]?.type === 'identifier' && !/^(?:cb|callback|done|next|fn)$/.test(args[1].text))
        continue;
      const composed = composedText(program, first);
      if (composed === undefined) continue;
      const query = parameterise(composed.parts, placeholderStyle(program));
      if (query === undefined) continue;
      places.push([
        { start: composed.node.startIndex, end: composed.node.endIndex, text: quote(query.text) },
        { start: first.endIndex, end: first.endIndex, text: `, [${query.values.join(', ')}]` },
      ]);
    }
    return places;
  },
};

const placeholderStyle = (program: Program): 'question' | 'dollar' =>
  /require\((['"])pg\1\)|from (['"])pg\2/.test(program.code) ? 'dollar' : 'question';

/** The query's text with placeholders and the values in order; undefined when one of them is no value. */
export function parameterise(
  parts: readonly TextPart[],
  style: 'question' | 'dollar',
): { text: string; values: string[] } | undefined {
  const literals = parts.map((part) => (part.kind === 'literal' ? part.value : ' ')).join('');
  if (!SQL.test(literals)) return undefined;
  const values: string[] = [];
  let text = '';
  /** Pieces of the quoted text that is open, e.g. `'%` + term + `%'`. */
  let open: TextPart[] | undefined;
  const placeholder = (): string => (style === 'dollar' ? `$${values.length}` : '?');
  for (const part of parts) {
    if (part.kind === 'expression') {
      if (open !== undefined) open.push(part);
      else {
        if (!VALUE_PLACE.test(text)) return undefined;
        values.push(part.text);
        text += placeholder();
      }
      continue;
    }
    let rest = part.value;
    if (open !== undefined) {
      const end = rest.search(/['"]/);
      if (end < 0) {
        open.push(part);
        continue;
      }
      if (end > 0) open.push({ kind: 'literal', value: rest.slice(0, end) });
      if (!VALUE_PLACE.test(text)) return undefined;
      values.push(joinParts(open));
      text += placeholder();
      open = undefined;
      rest = rest.slice(end + 1);
    }
    const quoteAt = openQuote(rest);
    if (quoteAt < 0) text += rest;
    else {
      text += rest.slice(0, quoteAt);
      open = quoteAt + 1 < rest.length ? [{ kind: 'literal', value: rest.slice(quoteAt + 1) }] : [];
    }
  }
  if (open !== undefined || values.length === 0) return undefined;
  return { text, values };
}

/** Offset of a quote that this literal opens and does not close, or -1. */
function openQuote(text: string): number {
  let open = -1;
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== "'" && text[i] !== '"') continue;
    open = open < 0 ? i : text[i] === text[open] ? -1 : open;
  }
  return open;
}
