/** @file Tools that report a point: the point is widened to the syntax node a reader would mark, a call or an expression. */
import { loadGrammar, hasGrammar } from '../../code/syntax-tree.ts';
import type { Range } from '../../data/offsets.ts';
import { parsePlain } from '../embedded/parse-source.ts';
import type { SyntaxNode } from '../embedded/syntax-node.ts';
import type { SourceText } from '../finding.ts';
import { createLineIndex } from '../positions.ts';

const WHOLE =
  /call|expression|declaration|declarator|statement|assignment|subscript|comparison|operator$|^string|argument$/;
const TOO_LARGE =
  /block|compound|function|module|program|translation_unit|class|^if_|^for_|^while_|^try_|^with_|ERROR/;

/** Maps an offset to the smallest telling node around it; the rest of the line where there is no grammar. */
export async function createWidener(source: SourceText): Promise<(offset: number) => Range> {
  const lines = createLineIndex(source.code);
  const restOfLine = (offset: number): Range => ({
    start: offset,
    end: Math.max(offset, lines.offsetOf(lines(offset).line + 1) - 1),
  });
  if (!hasGrammar(source.language)) return restOfLine;
  await loadGrammar(source.language);
  const { root } = parsePlain(source);
  return (offset) => {
    let best: SyntaxNode | undefined;
    let at: SyntaxNode | undefined = root;
    while (at) {
      if (at.named && WHOLE.test(at.type) && !TOO_LARGE.test(at.type)) best = at;
      const inner: SyntaxNode | undefined = at.children.find(
        (child) => child.start <= offset && offset < child.end,
      );
      // The deepest expression, unless that is a name or a literal of its own.
      at = inner;
    }
    return best ? { start: best.start, end: best.end } : restOfLine(offset);
  };
}
