/**
 * @file The elements of a JSON array, one at a time, however long the array: a scanner finds where each element ends
 * (brackets and strings only), the standard parser reads it. An element that does not parse is a value, as in JSONL.
 */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';

export interface ArrayElement {
  /** 1-based line on which the element starts. */
  readonly line: number;
  readonly text: string;
}

/** The texts of a top-level array's elements. Throws SyntaxError where the file is no array or ends inside it. */
export async function* readJsonArray(path: string): AsyncGenerator<ArrayElement> {
  const raw = createReadStream(path);
  const source = path.endsWith('.gz') ? raw.pipe(createGunzip()) : raw;
  source.setEncoding('utf8');
  let held = '';
  let depth = 0; // 1 inside the array, more inside an element
  let inString = false;
  let escaped = false;
  let line = 1;
  let startLine = 0; // 0: between elements
  let closed = false;
  for await (const chunk of source as AsyncIterable<string>) {
    let from = 0;
    for (let at = 0; at < chunk.length; at++) {
      const code = chunk.charCodeAt(at);
      if (code === 10) line++;
      if (inString) {
        if (escaped) escaped = false;
        else if (code === 92) escaped = true;
        else if (code === 34) inString = false;
        continue;
      }
      if (code <= 32 || code === 0xfeff) continue;
      if (depth === 0) {
        if (code !== 91 || closed)
          throw new SyntaxError(`line ${line}: expected one JSON array, found "${chunk[at]}"`);
        depth = 1;
        continue;
      }
      const ends = depth === 1 && (code === 44 || code === 93);
      if (ends) {
        const text = held + chunk.slice(from, at);
        held = '';
        if (startLine > 0) yield { line: startLine, text };
        startLine = 0;
        if (code === 93) {
          depth = 0;
          closed = true;
        }
        continue;
      }
      if (startLine === 0) {
        startLine = line;
        from = at;
      }
      if (code === 34) inString = true;
      else if (code === 91 || code === 123) depth++;
      else if (code === 93 || code === 125) depth--;
    }
    if (startLine > 0) held += chunk.slice(from);
  }
  if (!closed) throw new SyntaxError(`line ${line}: the file ends inside the JSON array`);
}
