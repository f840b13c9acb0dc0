/** @file Where a literal or a line ends. Every function returns an offset after its start, is linear, and runs to the end of the text when unclosed. */

/** The end of the line that holds `at`, LF excluded; with `continued`, a backslash before LF joins the next line. */
export function lineEnd(code: string, at: number, continued: boolean): number {
  let from = at;
  for (;;) {
    const feed = code.indexOf('\n', from);
    if (feed < 0) return code.length;
    const before = code[feed - 1] === '\r' ? feed - 1 : feed;
    if (!continued || code[before - 1] !== '\\' || before - 1 < at) return before;
    from = feed + 1;
  }
}

/** The end of a string that opens with the quote at `at`; one that may not span lines stops before the line's end. */
export function quotedEnd(code: string, at: number, multiline: boolean): number {
  const quote = code.charCodeAt(at);
  for (let end = at + 1; end < code.length; end++) {
    const unit = code.charCodeAt(end);
    if (unit === quote) return end + 1;
    if (unit === 92) {
      // A backslash takes the next character with it, CR LF counting as one.
      if (code.charCodeAt(end + 1) === 13 && code.charCodeAt(end + 2) === 10) end++;
      end++;
    } else if (unit === 10 && !multiline) return code.charCodeAt(end - 1) === 13 ? end - 1 : end;
  }
  return code.length;
}

export function tripleQuotedEnd(code: string, at: number): number {
  const quotes = code.slice(at, at + 3);
  for (let end = at + 3; end < code.length; end++) {
    if (code.charCodeAt(end) === 92) end++;
    else if (code.startsWith(quotes, end)) return end + 3;
  }
  return code.length;
}

/** Go's raw string, a shell command in PHP or Ruby. */
export function backtickEnd(code: string, at: number, raw: boolean): number {
  if (!raw) return quotedEnd(code, at, true);
  const close = code.indexOf('`', at + 1);
  return close < 0 ? code.length : close + 1;
}

/** The offset of the quote of a Python string with prefix at `at`, or -1. */
export function pythonStringStart(code: string, at: number): number {
  for (let end = at; end <= at + 2; end++) {
    const character = code[end];
    if (character === '"' || character === "'") return end > at ? end : -1;
    if (character === undefined || !/[rRbBfFuUtT]/.test(character)) return -1;
  }
  return -1;
}

/** C++: from the quote of R"delimiter( up to )delimiter" included. */
export function rawStringEnd(code: string, quote: number): number {
  const open = code.slice(quote + 1, quote + 18).indexOf('(');
  if (open < 0) return quotedEnd(code, quote, false);
  const delimiter = `)${code.slice(quote + 1, quote + 1 + open)}"`;
  const close = code.indexOf(delimiter, quote + 2 + open);
  return close < 0 ? code.length : close + delimiter.length;
}

/** PHP: the end of the closing label of <<<LABEL, or 0 when it is no here-document. */
export function heredocEnd(code: string, at: number): number {
  const head = /^<<<[ \t]*(["']?)([A-Za-z_]\w{0,80})\1\r?\n/.exec(code.slice(at, at + 100));
  if (head === null) return 0;
  const label = new RegExp(`\\n[ \\t]*${head[2]}\\b`, 'g');
  label.lastIndex = at + head[0].length - 1;
  return label.exec(code) === null ? code.length : label.lastIndex;
}

/** JavaScript: the end of the slash that closes a regular expression; negative (minus the line's end) when none does. */
export function regexEnd(code: string, at: number): number {
  let inClass = false;
  for (let end = at + 1; end < code.length; end++) {
    const character = code[end];
    if (character === '\n') return -end;
    if (character === '\\') end++;
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '/' && !inClass) return end + 1;
  }
  return -code.length;
}

/** JavaScript: from inside a template literal to its backtick, or to the next `${`, both included. */
export function templateEnd(
  code: string,
  from: number,
): { readonly end: number; readonly opensSubstitution: boolean } {
  for (let end = from; end < code.length; end++) {
    const character = code[end];
    if (character === '\\') end++;
    else if (character === '`') return { end: end + 1, opensSubstitution: false };
    else if (character === '$' && code[end + 1] === '{')
      return { end: end + 2, opensSubstitution: true };
  }
  return { end: code.length, opensSubstitution: false };
}
