/**
 * @file More dangers than dangerous-calls.ts knows, by the shape of the code around them, for the gate that compares two
 * versions; each with its CWE. Written as expressions over lexemes joined by one blank. Ours.
 */
import type { Lexeme } from '../../code/lexeme.ts';
import { lexerFamily, type LexerFamily } from '../../code/languages.ts';
import type { Language } from '../../data/vulnerable-function.ts';

const SHAPES: Partial<Record<LexerFamily, readonly (readonly [string, RegExp])[]>> = {
  c: [
    ['CWE-732', /\bf?chmod \( [^;]{0,80} 0?[0-7]?(?:777|666)\b/g],
    ['CWE-732', /\bumask \( 0 \)/g],
    ['CWE-250', /\bsete?uid \( 0 \)/g],
    ['CWE-78', /\bexec[lv]\w* \( "(?:\/bin\/)?(?:ba|da)?sh"/g],
    ['CWE-134', /\bprintf \( [A-Za-z_]\w* \)/g],
    ['CWE-134', /\b(?:fprintf|syslog|dprintf) \( \w+ , [a-z_]\w* \)/g],
    ['CWE-120', /\bstrncpy \( [^;]{0,80}, strlen \(/g],
    ['CWE-120', /\b(?:getwd|wsprintf|lstrcpy|lstrcat) \(/g],
    ['CWE-295', /\bSSL_VERIFY_NONE\b/g],
    ['CWE-327', /\b(?:EVP_md5|EVP_rc4|EVP_des_ecb|MD4|RC4_set_key|_mktemp|drand48) \(/g],
  ],
  python: [
    ['CWE-89', /\bexecute\w* \( [fF]["']/g],
    ['CWE-89', /\bexecute\w* \( (?:"[^"]*"|'[^']*') (?:%|\+|\. format)/g],
    ['CWE-502', /\b(?:dill|jsonpickle|shelve) \. (?:loads?|decode|open) \(/g],
    ['CWE-502', /\ballow_pickle = True\b/g],
    ['CWE-327', /\bMODE_ECB\b|\bDES \. new\b/g],
    ['CWE-377', /\bopen \( [fF]?["']\/tmp\//g],
    ['CWE-295', /\bCERT_NONE\b|\bAutoAddPolicy\b/g],
    ['CWE-1336', /\brender_template_string \(/g],
    ['CWE-22', /\. extractall \(/g],
  ],
  javascript: [
    ['CWE-78', /child_process['"] \) \. exec\b/g],
    ['CWE-78', /(?:^|[^.] )\bexec \( [^)]/g],
    ['CWE-89', /\b(?:query|execute|raw) \( (?:'[^']*'|"[^"]*") \+/g],
    ['CWE-89', /\b(?:query|execute|raw) \( `[^`]*\$\{/g],
    ['CWE-95', /\bset(?:Timeout|Interval) \( ['"`]/g],
    ['CWE-601', /\. redirect \( req(?:uest)?\b/g],
  ],
  java: [
    ['CWE-327', /\bgetInstance \( "(?:MD5|MD2|SHA-?1|DES\b|RC4|[^"]*\/ECB)/g],
    ['CWE-338', /\bnew Random \(|\bMath \. random \(/g],
    ['CWE-89', /\bexecute\w* \( "[^"]*" \+|\bcreateStatement \(/g],
    ['CWE-95', /\b\w*[eE]ngine \. eval \(/g],
    ['CWE-78', /\bnew ProcessBuilder \( "(?:sh|bash|cmd|\/bin\/sh)"/g],
    ['CWE-502', /\bXMLDecoder \(/g],
    ['CWE-614', /\bset(?:Secure|HttpOnly) \( false\b/g],
    ['CWE-295', /\b(?:ALLOW_ALL_HOSTNAME_VERIFIER|NoopHostnameVerifier)\b/g],
    ['CWE-377', /\bnew File \( "\/tmp\//g],
    ['CWE-114', /\bloadLibrary \(/g],
  ],
  go: [
    ['CWE-78', /\bexec \. Command \( "(?:sh|bash|\/bin\/sh|cmd)"|\bsyscall \. Exec \(/g],
    ['CWE-89', /\b(?:Query|QueryRow|Exec) \( "[^"]*" \+/g],
    ['CWE-89', /\bSprintf \( ["`](?:SELECT|INSERT|UPDATE|DELETE)\b/g],
    ['CWE-295', /\bInsecureSkipVerify : true\b/g],
    ['CWE-328', /\b(?:md5|sha1) \. (?:New|Sum)\b/g],
    ['CWE-327', /\b(?:des|rc4) \. New\w*Cipher \(/g],
    ['CWE-338', /\brand \. (?:Intn|Int31n?|Int63n?|Float64|Seed) \(/g],
    ['CWE-79', /\btemplate \. (?:HTML|JS) \(/g],
    ['CWE-119', /\bunsafe \. Pointer\b/g],
    ['CWE-732', /\b0o?(?:777|666)\b/g],
  ],
};

/** How often each danger occurs; keys read like "strncpy ( [^;]{0,80}, strlen ( (CWE-120)". */
export function countMoreDangers(
  lexemes: readonly Lexeme[],
  language: Language,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const shapes = SHAPES[lexerFamily(language)];
  if (shapes === undefined) return counts;
  const line = lexemes.map((lexeme) => lexeme.text).join(' ');
  for (const [cwe, shape] of shapes) {
    const times = line.match(shape)?.length ?? 0;
    if (times > 0) counts.set(`${nameOf(shape)} (${cwe})`, times);
  }
  return counts;
}

/** The expression as a person may read it. */
const nameOf = (shape: RegExp): string =>
  shape.source.replaceAll('\\b', '').replaceAll('(?:', '(').replaceAll('\\', '');
