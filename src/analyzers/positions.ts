/** @file Offsets to line and column: 1-based, columns in UTF-16 units, as SARIF counts by default. */

export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface LineIndex {
  (offset: number): Position;
  /** The UTF-16 offset of a 1-based line and column, clamped to the text. */
  readonly offsetOf: (line: number, column?: number) => number;
  readonly lineCount: number;
}

export function createLineIndex(text: string): LineIndex {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const positionOf = (offset: number): Position => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low]! + 1 };
  };
  const offsetOf = (line: number, column = 1): number => {
    if (line < 1) return 0;
    const start = starts[line - 1];
    return start === undefined
      ? text.length
      : Math.min(text.length, start + Math.max(0, column - 1));
  };
  return Object.assign(positionOf, { offsetOf, lineCount: starts.length });
}
