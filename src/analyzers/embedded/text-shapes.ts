/** @file What a text is, from its literal pieces: SQL, HTML, a URL with a fixed host; and what names and patterns suggest. */

const SQL_SHAPE =
  /\b(select\b[\s\S]*\bfrom|insert\s+(or\s+\w+\s+)?into|update\s+\S*\s*\bset|delete\s+from|replace\s+into|drop\s+(table|database)|create\s+(table|index|user|database)|alter\s+table|where\s+[\w."`]+\s*(=|like|in|<|>)|union\s+select|order\s+by|truncate\s+table|grant\s|pragma\s|attach\s+database)/i;
export const looksLikeSql = (text: string): boolean => SQL_SHAPE.test(text);

export const looksLikeHtml = (text: string): boolean =>
  /<\/?[a-z][\w-]*(\s[^<]*)?(\/?>|$)|<[a-z][\w-]*\s+[\w-]+=/i.test(text);

/** "https://api.example.com/…": what follows cannot move the request to another host. */
export const fixesHost = (prefix: string): boolean =>
  /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+[/?#]/i.test(prefix);

/** A path of this site: "/x…", but not "//host". */
export const isLocalPath = (prefix: string): boolean =>
  /^\/[^/\\]/.test(prefix) || /^[?#]/.test(prefix);

/** Names of variables and functions that hold secrets. */
export const SECRET_NAME =
  /(^|_|\b|[a-z])(pass(word|wd|phrase)?|pwd|secret(_?key)?|api_?key|access_?key|private_?key|auth_?token|access_?token|encryption_?key|signing_?key|jwt_?(secret|key)|client_?secret|credentials?|hmac_?key|aes_?key|session_?secret|master_?key|db_?pass(word)?)$/i;
/** …and those that must not be guessable, as words: "makeResetCode" reads "make reset code". */
const UNGUESSABLE_WORDS =
  /\b(tokens?|secret|passw\w*|passphrase|session( id| key)?|sid|nonce|otp|salt|csrf|xsrf|api key|pin|voucher|coupon|credential|invitation|(one time|reset|verif\w*|invite|activation|auth|recovery|confirm\w*|security|access|login|signing|encryption|private) (code|link|key|id))\b|\bcode$/i;
export const wordsOf = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_\-.]+/g, ' ')
    .toLowerCase();
export const isUnguessableName = (name: string): boolean => {
  const words = wordsOf(name);
  return (
    UNGUESSABLE_WORDS.test(words) && !/colou?r|error|status|zip|country|char|key ?code/.test(words)
  );
};
/** Values that are compared to let somebody in. */
export const COMPARED_SECRET_NAME =
  /(^|[_.]|[a-z])(signature|sig|hmac|mac|digest|token|secret|api_?key|passwords?|passwd|pwd|hash(ed)?|checksum_?key|csrf|otp|pin)(_?(hex|header|hash|value))?$/i;

/** A string literal that may be a real secret: not a placeholder, a name, a template or a message. */
export function looksLikeSecret(text: string): boolean {
  if (text.length < 6 || text.length > 200 || /\s/.test(text.trim())) return false;
  if (/^(<.*>|\$\{.*|\{\{.*|%.*%|\*+|x+|\.+|_+)$/i.test(text)) return false;
  if (
    /^(your|change|example|placeholder|todo|none|null|undefined|string|password|passwd|secret|token|api_?key|text|hidden|true|false)\b/i.test(
      text,
    ) &&
    !/\d/.test(text)
  )
    return false;
  return !/^(https?:\/\/|\/|\.\/|#|--)/.test(text);
}

const QUANTIFIED = /[*+]|\{\d+,\d*\}/;
/** Nested or overlapping quantifiers that make a backtracking matcher take exponential or cubic time. Conservative. */
export function backtracksBadly(pattern: string): boolean {
  const text = pattern.replace(/\\[\\()[\]]/g, '_');
  const groups: { start: number; alternatives: boolean }[] = [];
  let inClass = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '[') inClass = true;
    else if (c === ']') inClass = false;
    else if (inClass) continue;
    else if (c === '(') groups.push({ start: i, alternatives: false });
    else if (c === '|' && groups.length > 0) groups.at(-1)!.alternatives = true;
    else if (c === ')') {
      const group = groups.pop();
      if (!group || !/^([*+]|\{\d+,\d*\})/.test(text.slice(i + 1))) continue;
      const body = text.slice(group.start + 1, i).replace(/^\?(:|<\w+>)/, '');
      if (repeatsItself(body) || (group.alternatives && alternativesOverlap(body))) return true;
    }
  }
  return (
    /(\.[*+]|\\s[*+]|\\w[*+]|\\d\+)\1/.test(text) ||
    (/(\.\*.*){3,}[^.*]/.test(text) && /^(?:[^|]*\.\*){3}[^$]*\$?$/.test(text))
  );
}

/** `(a+)+`, `(\w+\s?)*`: a repetition whose body can be split in several ways. */
function repeatsItself(body: string): boolean {
  const atoms =
    body.match(/(\[[^\]]*\]|\\.|\((?:[^()]|\([^()]*\))*\)|[^\\[\]()|])([*+?]|\{\d+(,\d*)?\})?/g) ??
    [];
  const required = atoms.filter((atom) => !/([*?]|\{0,\d*\})$/.test(atom));
  const growing = atoms.filter(
    (atom) =>
      QUANTIFIED.test(atom.slice(-1)) ||
      /\{\d+,\}$/.test(atom) ||
      (atom.startsWith('(') && QUANTIFIED.test(atom) && !/[^)]$/.test(atom)),
  );
  if (growing.length === 0 || body.includes('|'))
    return body.includes('|')
      ? body.split('|').some((part) => part !== body && repeatsItself(part))
      : false;
  // A required separator that the growing part cannot match makes the split unique.
  const grown = growing[0]!;
  return required.filter((atom) => atom !== grown).every((atom) => overlaps(atom, grown));
}

const classOf = (atom: string): string => atom.replace(/([*+?]|\{\d+(,\d*)?\})$/, '');
function overlaps(atom: string, grown: string): boolean {
  const a = classOf(atom);
  const b = classOf(grown);
  if (a === b || b === '.' || a === '.') return true;
  const samples =
    a.startsWith('\\') || a.startsWith('[') || a.startsWith('(')
      ? ['a', 'Z', '0', '_', ' ', '-', '.', ',', '@', '/', ':']
      : [a];
  const matcherA = safePattern(a);
  const matcherB = safePattern(b);
  return samples.some((sample) => matcherA.test(sample) && matcherB.test(sample));
}
function safePattern(source: string): RegExp {
  try {
    return new RegExp(`^(?:${source})$`);
  } catch {
    return /^$/;
  }
}

/** `(a|a)*`, `(\d|\w)*`: two alternatives that can begin alike. */
function alternativesOverlap(body: string): boolean {
  const parts = body.split('|').map((part) => part.trim());
  for (let i = 0; i < parts.length; i++)
    for (let j = i + 1; j < parts.length; j++) {
      if (parts[i] === parts[j] && parts[i] !== '') return true;
      if (
        /^(\\?.|\[[^\]]*\])[*+]?$/.test(parts[i]!) &&
        /^(\\?.|\[[^\]]*\])[*+]?$/.test(parts[j]!) &&
        overlaps(parts[i]!, parts[j]!)
      )
        return true;
    }
  return false;
}

const HTML_TAG =
  /<\/?(a|abbr|article|aside|b|blockquote|body|br|button|canvas|code|dd|div|dl|dt|em|embed|figure|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|label|li|link|main|meta|nav|ol|option|p|pre|script|section|select|small|span|strong|style|svg|table|tbody|td|textarea|th|thead|title|tr|u|ul|video)\b/i;
/** Markup whose tags are not HTML's. */
export const looksLikeXml = (text: string): boolean =>
  /<\?xml\b/.test(text) || (looksLikeHtml(text) && !HTML_TAG.test(text));
