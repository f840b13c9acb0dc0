/**
 * @file Rewrite rules as a repairer: parses the program, lets the rules of the wanted weakness look for shapes they
 * understand, applies their edits. JavaScript and TypeScript only; anything else, and any shape no rule understands,
 * gives no repair, which is an honest answer.
 */
import { anySameCweFamily } from '../../../../analyzers/cwe.ts';
import type { Finding } from '../../../../analyzers/finding.ts';
import { withSyntax } from '../../../../code/syntax-tree.ts';
import type { Language } from '../../../../data/vulnerable-function.ts';
import { dataNotCode } from './data-not-code.ts';
import { htmlEscape } from './html-escape.ts';
import { pathContainment } from './path-containment.ts';
import { applyEdits, openProgram, type Edit } from './program.ts';
import type { RewriteRule } from './rule.ts';
import { shellToArgv } from './shell-to-argv.ts';
import {
  guardedKeys,
  localRedirect,
  secretFromEnvironment,
  textInsteadOfMarkup,
} from './small-repairs.ts';
import { sqlPlaceholders } from './sql-placeholders.ts';
import { certificateChecks, strongHash, strongRandom } from './strong-crypto.ts';

export const REWRITE_RULES: readonly RewriteRule[] = [
  sqlPlaceholders,
  shellToArgv,
  pathContainment,
  dataNotCode,
  textInsteadOfMarkup,
  htmlEscape,
  strongHash,
  strongRandom,
  certificateChecks,
  secretFromEnvironment,
  localRedirect,
  guardedKeys,
];

export interface Rewriter {
  /** Grammars of JavaScript and TypeScript must be loaded. */
  rewrite(
    language: Language,
    code: string,
    cwe: readonly string[],
    findings: readonly Finding[],
  ): { readonly code: string; readonly rules: readonly string[] } | undefined;
}

export function createRewriter(rules: readonly RewriteRule[] = REWRITE_RULES): Rewriter {
  return {
    rewrite(language, code, cwe, findings) {
      if (language !== 'javascript' && language !== 'typescript') return undefined;
      const wanted = [...cwe, ...findings.flatMap((finding) => finding.cwe)];
      const applicable = rules.filter(
        (rule) => wanted.length === 0 || anySameCweFamily(rule.cwe, wanted),
      );
      if (applicable.length === 0) return undefined;
      return withSyntax(language, code, (tree) => {
        const program = openProgram(tree);
        const edits: Edit[] = [];
        const used: string[] = [];
        for (const rule of applicable) {
          for (const place of rule.rewrite(program)) {
            if (place.some((edit) => edits.some((other) => touches(edit, other)))) continue;
            edits.push(...place);
            if (!used.includes(rule.name)) used.push(rule.name);
          }
        }
        const rewritten = edits.length === 0 ? undefined : applyEdits(code, edits);
        return rewritten === undefined || rewritten === code
          ? undefined
          : { code: rewritten, rules: used };
      });
    },
  };
}

/** Two insertions at one point are fine; anything else that shares a character, or inserts inside a replacement, is not. */
function touches(a: Edit, b: Edit): boolean {
  if (a.start === a.end && b.start === b.end) return false;
  return a.start < b.end && b.start < a.end;
}
