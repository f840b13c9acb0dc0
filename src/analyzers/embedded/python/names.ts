/** @file What Python names mean: attackers' objects, trusted parameters, sanitizers, checks. Imports are resolved first. */
import {
  ALL,
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

/** `request.args`, `self.request.GET`, `flask.request.form` … what a client sent. */
export const REQUEST_SOURCE =
  /^(self\.|cls\.|flask\.|bottle\.|cherrypy\.)?(request|req|REQUEST)\.(args|form|json|values|cookies|headers|data|files|GET|POST|PUT|META|FILES|COOKIES|query|query_params|query_string|params|body|path|url|full_path|get_json|get_data|forms|match_info|path_params|environ|REQUEST)\b/;
/** Methods by which what was sent is taken out of those. */
export const REQUEST_METHOD =
  /^(get|getlist|getone|getall|getfirst|get_json|get_data|read|json|form|text|body|post|items|values|keys|pop|to_dict)$/;
export const INPUT_CALL =
  /^(input|raw_input|sys\.stdin\.(read|readline|readlines)|self\.(get_argument|get_query_argument|get_body_argument|get_arguments)|(self\.)?request\.(get|param|get_param)|cgi\.FieldStorage)$/;

const TRUSTED_PARAMETER =
  /^(self|cls|db|conn|connection|cursor|cur|session|engine|logger|log|app|config|settings|conf|options|opts|client|pool|ctx|context|info|i|j|k|n|idx|index|count|length|size|limit|offset|page|port|timeout|base(_?(dir|path|url))?|root(_?(dir|path))?|.*_?(dir|directory|folder|root)|allowed\w*|whitelist|secret(_key)?|api_?key|verbose|debug)$/i;
export const isTrustedParameter = (name: string): boolean => TRUSTED_PARAMETER.test(name);

/** Names used without an import in a bare function. */
const DEFAULT_MODULE: Readonly<Record<string, string>> = {
  Popen: 'subprocess.Popen',
  check_output: 'subprocess.check_output',
  check_call: 'subprocess.check_call',
  md5: 'hashlib.md5',
  sha1: 'hashlib.sha1',
  mktemp: 'tempfile.mktemp',
  urlopen: 'urllib.request.urlopen',
  cPickle: 'pickle',
  _pickle: 'pickle',
  ET: 'xml.etree.ElementTree',
  ElementTree: 'xml.etree.ElementTree',
  sp: 'subprocess',
  et: 'xml.etree.ElementTree',
};
export function canonicalName(dotted: string): string {
  const dot = dotted.indexOf('.');
  const root = dot < 0 ? dotted : dotted.slice(0, dot);
  const mapped = DEFAULT_MODULE[root];
  const name = mapped ? mapped + (dot < 0 ? '' : dotted.slice(dot)) : dotted;
  if (name === 'urllib2.urlopen') return 'urllib.request.urlopen';
  return name.startsWith('cPickle.') ? `pickle.${name.slice('cPickle.'.length)}` : name;
}

export const CLEAN_CALLS =
  /^(int|float|bool|len|abs|round|ord|hash|id|min|max|sum|range|enumerate\.x|isinstance|hasattr|callable|any|all|uuid\.\w+|random\.\w+|secrets\.\w+|time\.\w+|datetime\.\w+(\.\w+)*|date\.\w+|hashlib\.\w+|hmac\.\w+|os\.path\.(exists|isfile|isdir|getsize|getmtime|isabs)|os\.getcwd|os\.getpid|tempfile\.\w+|decimal\.Decimal|Decimal|ipaddress\.\w+|re\.compile|url_for|reverse|__import__)$/;
export const CLEAN_METHODS =
  /^(isdigit|isalnum|isalpha|isnumeric|startswith|endswith|count|find|index|rfind|hexdigest|digest|timestamp|total_seconds|strftime|isoformat|bit_length|is_valid|exists|is_file|is_dir|fileno|rowcount|lastrowid)$/;
export const RESHAPING_METHODS =
  /^(strip|lstrip|rstrip|lower|upper|title|capitalize|split|rsplit|splitlines|partition|rpartition|encode|decode|copy|get|pop|items|keys|values|getlist|get_all|read|readline|readlines|getvalue|casefold|ljust|rjust|zfill|expandtabs|swapcase|first|group|groups|groupdict|resolve|absolute|expanduser|as_posix|joinpath|with_suffix|to_dict|translate|setdefault|__getitem__|next)$/;
export const PASSING_CALLS =
  /^(str|unicode|repr|list|tuple|set|dict|sorted|reversed|iter|next|zip|map|filter|enumerate|bytes|bytearray|json\.loads|os\.path\.(join|abspath|realpath|normpath|expanduser|dirname|splitext|split|normcase|expandvars)|(pathlib\.)?(Pure)?(Posix)?Path|posixpath\.\w+|urllib\.parse\.(unquote|unquote_plus|urlparse|urlsplit|urljoin|urlunparse|parse_qs)|urlparse|urljoin|unquote|base64\.\w+|io\.(StringIO|BytesIO)|StringIO|BytesIO|textwrap\.dedent|copy\.(copy|deepcopy)|getattr|_|gettext|ugettext|smart_str|force_text|to_unicode|ensure_text|six\.\w+|collections\.OrderedDict|OrderedDict|itertools\.chain|string\.\w+|cast|typing\.cast|vars)$/;
export const MAKER_NAME =
  /(^|\.)_*(build|make|compose|concat|join|format|to|as|wrap|generate|render|decode|parse|convert|resolve|expand|prepend|append|merge|create|construct|get_\w*(path|file(name)?|query|cmd|command|url|sql|uri|filter))(_\w+)?$/i;

const BY_NAME: readonly (readonly [RegExp, number])[] = [
  [/(^|\.)re\.escape$|escape_?regex/, REGEX],
  [
    /^(shlex|pipes)\.quote$|shell_?(quote|escape)|(quote|escape)_?(shell|arg)\w*|shlex_quote|cmd_quote|^quote$/,
    SHELL,
  ],
  [
    /^(html|cgi|markupsafe|flask|xml\.sax\.saxutils|saxutils|django\.utils\.html|jinja2|werkzeug\.utils|tornado\.escape|xhtml_escape|webob\.html)\.(escape|escape_silent|quoteattr|xhtml_escape|conditional_escape|strip_tags|html_escape)$|^(escape|conditional_escape|strip_tags|xhtml_escape|html_escape|escape_html|escapejs|format_html|format_html_join|urlize|linebreaks|quoteattr|h)$|^bleach\.(clean|linkify)$|escape_?(html|xml|markup)|html_?(escape|quote|encode)|sanitize_?html|\.(escape|as_escaped)$/i,
    HTML | XML,
  ],
  [
    /escape_?(sql|string|identifier|literal)$|quote_?(ident\w*|name)$|(sql\.(Identifier|Literal|SQL|Placeholder))$|\.mogrify$/,
    SQL,
  ],
  [/ldap\.(filter|dn)\.escape\w*|escape_(filter|dn)_chars|escape_?ldap|escape_?xpath/i, QUERY],
  [
    /(^|\.)(urllib\.parse\.)?(quote_plus|urlencode|quote)$|(url|uri)_?(quote|escape|encode)$/,
    HTML | PATH | HEADER | LOG | URL_TARGET | SHELL | QUERY,
  ],
  [/^(json|simplejson)\.dumps$|jsonify$/, LOG | HEADER],
  [/(^|\.)basename$/, PATH],
  [
    /(^|\.)(secure_filename|get_valid_filename|safe_join|valid_filename|slugify|clean_?(file)?(name|path))$|(safe|secure|confined?|contained?|sandbox\w*)_?(join|path|resolve|file\w*)|(resolve|join|path)_\w*(safe\w*|within|inside|under|secure\w*|contained)|check_path/i,
    ALL,
  ],
  [/^(str|unicode)$/, OBJECT],
  [
    /sanit|whitelist|allow_?list|(^|[._])(safe|clean|escape|escaped|validate|validated|strict|ensure|assert|verify)(_\w*)?$|validat/i,
    ALL,
  ],
];
export function sanitizerBits(callee: string): number {
  for (const [pattern, bits] of BY_NAME) if (pattern.test(callee)) return bits;
  return 0;
}

export const CHECK_NAME =
  /(^|\.)_*(is|has|can|valid|validate|check|assert|ensure|verify|require|allow|allowed|match|fullmatch|accept|inside|within|contains|under|url_has_allowed_host_and_scheme)(_\w+|[A-Z]\w*|ate|ed)?$/;
export const ASSERTING_NAME =
  /(^|\.)_*(assert|ensure|validate|check|verify|require|guard|must|sanitize)_?(is_?)?(valid|safe|name|key|path|input|url|uri|file|host|domain|cmd|command|ssh|injection|allowed|arg|param|token|string|identifier|column|table|within|inside|user|client|sql|query|regex|schema)\w*$|(^|\.)_*(validate|sanitize|assert|ensure|check|verify)$/i;
