/**
 * @file Names that came with a fix and that nothing introduces: lines copied from another function speak of its locals. C
 * only, where a plain lower-case name that the function neither had nor declares can be little else than a global; and
 * only for edits that do nothing but add. By shapes of use (ours).
 */
import type { Lexeme } from '../../code/lexeme.ts';
import { localNames } from '../../code/local-names.ts';
import type { GateQuestion } from './gate.ts';
import { declaredNames } from './renaming.ts';

/** Globals that every C program, or every kernel, has. */
const GLOBALS =
  /^(?:errno|std(?:in|out|err)|opt(?:arg|ind|err|opt)|environ|current|jiffies|init_net|true|false|bool|g_\w+|_\w+|\w+_t|\w+_(?:lock|mutex|table|list|cache|wq|ops|enabled|debug))$/;

export function foreignNames({ before, after, diff }: GateQuestion): readonly string[] {
  if (after.language !== 'c' || diff.deleted.length > 0) return [];
  const strange = new Set<string>();
  const known = new Set(before.lexemes.map(({ text }) => text));
  for (const { inserted, insertedFrom } of diff.hunks)
    inserted.forEach(({ kind, text }, i) => {
      if (kind !== 'identifier' || known.has(text) || GLOBALS.test(text)) return;
      if (/^[a-z][a-z0-9_]*$/.test(text) && isPlainUse(after.lexemes, insertedFrom + i))
        strange.add(text);
    });
  if (strange.size === 0) return [];
  const declared = new Set([
    ...localNames(after.language, after.lexemes),
    ...declaredNames(after.lexemes, after.language),
  ]);
  // A module's own globals carry its prefix, as its functions do.
  const prefixes = new Set([...known].map(prefixOf));
  return [...strange].filter((name) => !declared.has(name) && !prefixes.has(prefixOf(name)));
}

/** "sctp" of `sctp_auth_enable`; a name of one word has none but itself. */
const prefixOf = (name: string): string => name.split('_')[0]!;

/** Neither called, nor a member, a label, a type or the name of one. */
function isPlainUse(lexemes: readonly Lexeme[], at: number): boolean {
  const previous = lexemes[at - 1]?.text ?? '';
  const next = lexemes[at + 1];
  if (/^(?:\.|->|::|goto|struct|enum|union|sizeof)$/.test(previous)) return false;
  if (next === undefined || next.kind === 'identifier' || /^(?:\(|::|:)$/.test(next.text))
    return false;
  const isPointerType = next.text === '*' && /^[;{}(,]$/.test(previous);
  const isCast = previous === '(' && next.text === ')';
  return !isPointerType && !isCast;
}
