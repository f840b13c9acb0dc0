/**
 * @file Calls that are dangerous whoever makes them, per language family, with their CWE. Broader and blunter than the
 * analyzers' rules: it is only used to compare two versions of one function, never to call code vulnerable. The weights of
 * the edit direction were fitted with these; what the gate learnt to look for later stands in more-dangers.ts.
 */
import type { Lexeme } from '../../code/lexeme.ts';
import { lexerFamily, type LexerFamily } from '../../code/languages.ts';
import type { Language } from '../../data/vulnerable-function.ts';

const DANGEROUS: Partial<Record<LexerFamily, Readonly<Record<string, string>>>> = {
  c: {
    gets: 'CWE-242',
    strcpy: 'CWE-120',
    strcat: 'CWE-120',
    stpcpy: 'CWE-120',
    wcscpy: 'CWE-120',
    wcscat: 'CWE-120',
    sprintf: 'CWE-120',
    vsprintf: 'CWE-120',
    system: 'CWE-78',
    popen: 'CWE-78',
    alloca: 'CWE-770',
    mktemp: 'CWE-377',
    tmpnam: 'CWE-377',
    tempnam: 'CWE-377',
    rand: 'CWE-338',
    srand: 'CWE-338',
    random: 'CWE-338',
    chmod: 'CWE-732',
    MD5: 'CWE-328',
    MD5_Init: 'CWE-328',
    DES_set_key: 'CWE-327',
  },
  python: {
    system: 'CWE-78',
    popen: 'CWE-78',
    getoutput: 'CWE-78',
    mktemp: 'CWE-377',
    md5: 'CWE-328',
    sha1: 'CWE-328',
    Markup: 'CWE-79',
    mark_safe: 'CWE-79',
    _create_unverified_context: 'CWE-295',
  },
  javascript: {
    eval: 'CWE-95',
    Function: 'CWE-95',
    execSync: 'CWE-78',
    runInNewContext: 'CWE-95',
    runInThisContext: 'CWE-95',
    unserialize: 'CWE-502',
    insertAdjacentHTML: 'CWE-79',
    createCipher: 'CWE-327',
  },
  java: { exec: 'CWE-78', readObject: 'CWE-502' },
  php: {
    eval: 'CWE-95',
    system: 'CWE-78',
    exec: 'CWE-78',
    shell_exec: 'CWE-78',
    passthru: 'CWE-78',
    unserialize: 'CWE-502',
    md5: 'CWE-328',
  },
};

/** Dangerous as a function of its own; as a method (`re.compile`, `model.eval`) it is something else. */
const DANGEROUS_FUNCTIONS: Partial<Record<LexerFamily, Readonly<Record<string, string>>>> = {
  python: { eval: 'CWE-95', exec: 'CWE-95', compile: 'CWE-95', __import__: 'CWE-95' },
};

/** Calls whose danger lies in the receiver, too: [receiver, method]. */
const DANGEROUS_METHODS: Partial<Record<LexerFamily, Readonly<Record<string, string>>>> = {
  python: {
    'pickle.load': 'CWE-502',
    'pickle.loads': 'CWE-502',
    'cPickle.loads': 'CWE-502',
    'marshal.loads': 'CWE-502',
    'yaml.load': 'CWE-502',
    'yaml.unsafe_load': 'CWE-502',
    'random.random': 'CWE-338',
    'random.randint': 'CWE-338',
    'random.choice': 'CWE-338',
    'subprocess.getoutput': 'CWE-78',
  },
  javascript: {
    'document.write': 'CWE-79',
    'Math.random': 'CWE-338',
    'child_process.exec': 'CWE-78',
    'cp.exec': 'CWE-78',
    'vm.runInContext': 'CWE-95',
  },
};

/** Texts that are dangerous wherever they stand: a flag, a property that is assigned, a weak algorithm's name. */
const DANGEROUS_SHAPES: Partial<Record<LexerFamily, readonly (readonly [RegExp, string])[]>> = {
  python: [
    [/\bshell = True\b/, 'CWE-78'],
    [/\bverify = False\b/, 'CWE-295'],
    [/\bautoescape = False\b/, 'CWE-79'],
    [/\bdebug = True\b/, 'CWE-489'],
    [/\b0o?777\b/, 'CWE-732'],
  ],
  javascript: [
    [/\. innerHTML \+?= /, 'CWE-79'],
    [/\. outerHTML \+?= /, 'CWE-79'],
    [/\bdangerouslySetInnerHTML\b/, 'CWE-79'],
    [/createHash \( ['"]md5['"]/, 'CWE-328'],
    [/createHash \( ['"]sha1['"]/, 'CWE-328'],
    [/\brejectUnauthorized : false\b/, 'CWE-295'],
    [/\bexec \( [`'"][^ ]*[`'"]? [+$]/, 'CWE-78'],
    // Reached into or set; a text that a key is compared with is what a repair looks like.
    [/\. __proto__\b|\[ ['"]__proto__['"] \] (?:= |\[)/, 'CWE-1321'],
  ],
  c: [[/\bscanf \( [^;]{0,80}%s/, 'CWE-120']],
};

/** The same expressions, made to find every place. */
const SHAPES = new Map(
  Object.entries(DANGEROUS_SHAPES).map(([family, shapes]) => [
    family as LexerFamily,
    shapes.map(([shape, cwe]) => [new RegExp(shape, 'g'), cwe] as const),
  ]),
);

/** Credentials written into code, in any language. */
const HARD_CODED =
  /\b(?:password|passwd|secret|api_?key|token|private_?key) [:=] ["'][^"' ]{4,}["']/gi;

/** How often each danger occurs; keys read like "strcpy (CWE-120)". */
export function countDangers(
  lexemes: readonly Lexeme[],
  language: Language,
): ReadonlyMap<string, number> {
  const family = lexerFamily(language);
  const calls = DANGEROUS[family] ?? {};
  const methods = DANGEROUS_METHODS[family] ?? {};
  const functions = DANGEROUS_FUNCTIONS[family] ?? {};
  const counts = new Map<string, number>();
  const add = (what: string, cwe: string, times = 1): void => {
    const key = `${what} (${cwe})`;
    counts.set(key, (counts.get(key) ?? 0) + times);
  };
  for (let i = 0; i < lexemes.length; i++) {
    const lexeme = lexemes[i]!;
    if (lexeme.kind !== 'identifier' || lexemes[i + 1]?.text !== '(') continue;
    const cwe = Object.hasOwn(calls, lexeme.text) ? calls[lexeme.text] : undefined;
    const isMember = lexemes[i - 1]?.text === '.';
    if (cwe !== undefined && !(isMember && family === 'javascript' && lexeme.text === 'eval'))
      add(lexeme.text, cwe);
    if (!isMember) {
      if (Object.hasOwn(functions, lexeme.text)) add(lexeme.text, functions[lexeme.text]!);
      continue;
    }
    const qualified = `${lexemes[i - 2]?.text}.${lexeme.text}`;
    // `load` for `loads` is the same danger, not a new one.
    if (Object.hasOwn(methods, qualified))
      add(qualified.replace(/loads$/, 'load'), methods[qualified]!);
  }
  const line = lexemes.map((lexeme) => lexeme.text).join(' ');
  for (const [shape, cwe] of SHAPES.get(family) ?? []) {
    const times = line.match(shape)?.length ?? 0;
    if (times > 0) add(shape.source.replaceAll('\\b', '').replaceAll('\\', ''), cwe, times);
  }
  const secrets = line.match(HARD_CODED)?.length ?? 0;
  if (secrets > 0) add('credential in code', 'CWE-798', secrets);
  return counts;
}
