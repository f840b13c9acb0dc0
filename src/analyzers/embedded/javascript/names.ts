/**
 * @file What JavaScript names mean: attackers' objects, trusted collaborators, sanitizers, modules. Bare functions come
 * without their imports, so well-known names stand for their modules unless the file binds them to something else.
 */
import {
  ALL,
  CODE,
  HEADER,
  HTML,
  LOG,
  OBJECT,
  PATH,
  QUERY,
  REGEX,
  SHELL,
  SQL,
  URL_TARGET,
  XML,
} from '../value.ts';

export const REQUEST_NAMES = new Set(['req', 'request', 'ctx', 'event', 'koaContext']);
export const REQUEST_PROPERTIES = new Set([
  'query',
  'body',
  'params',
  'headers',
  'cookies',
  'url',
  'originalUrl',
  'files',
  'file',
  'hostname',
  'rawBody',
  'payload',
  'searchParams',
  'queryStringParameters',
  'pathParameters',
]);
/** Methods of a request that return what the client sent. */
export const REQUEST_METHODS = new Set(['param', 'get', 'header', 'query', 'json', 'text']);

/** Parameters that are collaborators or settings of the function, not data. */
const TRUSTED_PARAMETER =
  /^(res|resp|response|reply|next|cb|callback|done|resolve|reject|db|pool|conn|connection|client|knex|sequelize|logger|log|app|router|server|fs|http|https|crypto|err|error|e|_|__|self|vm|console|deps|services?|store|repo(sitory)?|cache|session|i|j|k|n|idx|index|count|len|length|size|limit|offset|page|config|settings|opts|options|env|(base|root|data|upload|uploads|static|public|template|templates|storage|media|files?|home|work|working|output|out|target|dest|docs|document|content|cache|export|backup|archive|report|reports|log|logs|notes?|page|pages|theme|avatar|attachment|attachments|image|images|asset|assets)_?(dir|directory|folder|root|path)|base|root|dir|cwd|prefix|secret|secretkey|apikey|allowed\w*|allow_?list|whitelist|hosts)$/i;
export const isTrustedParameter = (name: string): boolean => TRUSTED_PARAMETER.test(name);

/** Well-known free functions, by the module they come from. */
const DEFAULT_MODULE: Readonly<Record<string, readonly string[]>> = {
  child_process: ['exec', 'execSync', 'spawn', 'spawnSync', 'execFile', 'execFileSync', 'fork'],
  fs: [
    'readFile',
    'readFileSync',
    'writeFile',
    'writeFileSync',
    'appendFile',
    'appendFileSync',
    'createReadStream',
    'createWriteStream',
    'unlink',
    'unlinkSync',
    'readdir',
    'readdirSync',
    'rmSync',
    'chmodSync',
    'chmod',
    'mkdirSync',
    'existsSync',
    'statSync',
  ],
  crypto: [
    'createHash',
    'createHmac',
    'createCipheriv',
    'createDecipheriv',
    'createCipher',
    'randomBytes',
    'randomUUID',
    'timingSafeEqual',
    'pbkdf2Sync',
    'pbkdf2',
    'scryptSync',
  ],
  vm: ['runInNewContext', 'runInThisContext', 'runInContext'],
};
const moduleOfName = new Map(
  Object.entries(DEFAULT_MODULE).flatMap(([module, names]) =>
    names.map((name) => [name, `${module}.${name}`] as const),
  ),
);
/** Names people bind modules to. */
/** A map, not an object: programs may well call something "constructor". */
const MODULE_NICKNAMES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    cp: 'child_process',
    childProcess: 'child_process',
    childprocess: 'child_process',
    fsp: 'fs',
    fse: 'fs',
    'fs.promises': 'fs',
    'fs/promises': 'fs',
    'fs-extra': 'fs',
    fsPromises: 'fs',
    nodeCrypto: 'crypto',
    'path.posix': 'path',
    'path.win32': 'path',
  }),
);

export function canonicalName(dotted: string): string {
  const bare = dotted.startsWith('node:') ? dotted.slice(5) : dotted;
  const known = moduleOfName.get(bare);
  if (known) return known;
  for (let dot = bare.lastIndexOf('.'); dot > 0; dot = bare.lastIndexOf('.', dot - 1)) {
    const module = MODULE_NICKNAMES.get(bare.slice(0, dot));
    if (module) return module + bare.slice(dot);
  }
  return MODULE_NICKNAMES.get(bare) ?? bare;
}

/** Callees whose result carries nothing of an attacker's text. */
export const CLEAN_CALLS = new Set(
  (
    'Number parseInt parseFloat Boolean BigInt isNaN isFinite Date.now Number.parseInt Number.parseFloat require import ' +
    'Number.isInteger Number.isFinite crypto.randomBytes crypto.randomUUID crypto.randomInt crypto.timingSafeEqual ' +
    'crypto.scryptSync crypto.pbkdf2Sync performance.now process.cwd process.hrtime os.tmpdir os.homedir Symbol ' +
    'fs.existsSync Array.isArray Object.is Object.hasOwn Math.random Math.floor Math.round Math.min Math.max Math.abs ' +
    'Math.ceil Math.trunc uuid uuidv4 nanoid'
  ).split(' '),
);
/** Methods of that kind, on any receiver. */
export const CLEAN_METHODS = new Set(
  (
    'indexOf lastIndexOf charCodeAt codePointAt getTime startsWith endsWith includes test has some every digest toFixed ' +
    'hasOwnProperty valueOf isAbsolute localeCompare search toISOString'
  ).split(' '),
);
/** Methods whose result is the receiver's text or elements in another shape. */
export const RESHAPING_METHODS = new Set(
  (
    'trim trimStart trimEnd toLowerCase toUpperCase slice substring substr split padStart padEnd repeat toString at charAt ' +
    'normalize reverse sort find pop shift get getAll flat entries keys values json text next exec match matchAll ' +
    'toLocaleLowerCase toLocaleUpperCase toReversed toSorted splice'
  ).split(' '),
);
/** Functions that pass their arguments' control on. */
export const PASSING_CALLS = new Set(
  (
    'String JSON.parse JSON.stringify Object.keys Object.values Object.entries Object.assign Object.fromEntries Array.from ' +
    'Array.of Buffer.from Buffer.concat path.normalize path.dirname path.extname path.parse path.format path.relative ' +
    'decodeURIComponent decodeURI unescape escape encodeURI util.format querystring.parse url.parse url.resolve ' +
    'structuredClone Promise.resolve atob btoa URL URLSearchParams Set Map String.raw'
  ).split(' '),
);
/** Names of home-made functions that turn their arguments into something rather than look something up. */
export const MAKER_NAME =
  /(^|\.)(build|make|compose|concat|join|format|to|as|wrap|generate|render|decode|parse|convert|resolve|expand|prepend|append|merge|get\w*(path|file(name)?|query|cmd|command|url|sql|uri|filter))[A-Z_]?\w*$/i;

const BY_NAME: readonly (readonly [RegExp, number])[] = [
  [/escape_?reg(ular)?_?exp?|reg_?exp?_?escape|quote_?regex/i, REGEX],
  [/shell_?(escape|quote)|(escape|quote)_?(shell|arg)|shq|^quote$|shellescape/i, SHELL],
  [
    /(escape|encode)_?(html|markup|entities|xml|attr\w*)|html_?(escape|encode)|sanitize_?html|^h(e|tml)?\.(escape|encode)$|^_\.escape$|lodash\.escape$|DOMPurify\.sanitize|^esc(ape)?$|^h$|^encode$/i,
    HTML | XML,
  ],
  [
    /(escape|quote)_?(sql|id|identifier|literal|name)$|(mysql2?|connection|conn|pool|db|client|sqlstring|pgp?)\.(escape(Id)?|format)$/i,
    SQL,
  ],
  [/escape_?(ldap|dn|filter)|ldap_?escape|escape_?xpath|xpath_?escape/i, QUERY],
  [/^encodeURIComponent$/, HTML | XML | PATH | HEADER | LOG | URL_TARGET | SHELL | QUERY],
  [/^encodeURI$/, HEADER | LOG],
  [/^JSON\.stringify$/, LOG | HEADER | OBJECT | CODE],
  [/(^|\.)basename$/, PATH],
  [/^String$|\.toString$/, OBJECT],
  [
    /strip_?(crlf|newlines?|control\w*)|(escape|sanitize|clean)_?(log|header|line)\w*|neutrali[sz]e/i,
    HEADER | LOG,
  ],
  [
    /(safe|secure|confined?|contained?|sandbox(ed)?)_?(join|path|resolve|file\w*)|(resolve|join|path)_?(safe\w*|within|inside|under|secure\w*|contained)/i,
    ALL,
  ],
  [
    /sanit|slugify|whitelist|allow_?list|(^|\.)(safe|clean|escape|validate|strict|check|ensure|assert|verify)([A-Z_]\w*)?$/,
    ALL,
  ],
];

/** Interpreters a function of this name makes its argument safe for; 0 when it is no sanitizer. */
export function sanitizerBits(callee: string): number {
  for (const [pattern, bits] of BY_NAME) if (pattern.test(callee)) return bits;
  return 0;
}

/** Functions whose truth vouches for their argument, or which throw unless it is good. */
export const CHECK_NAME =
  /(^|\.)(is|has|can|valid|validate|check|assert|ensure|verify|require|allow|allowed|matches|accept|inside|within|contains|under)([A-Z_]\w*|ate|ed)?$/;
export const ASSERTING_NAME =
  /(^|\.)(assert|ensure|validate|check|verify|require|guard|must)([A-Z_]\w*)?$/;
