/** @file Python: values reaching an interpreter, a page, a file, another host. */
import { isList } from './evaluate.ts';
import type { Hit, Rule, RuleContext } from '../rule.ts';
import { ancestorOf, childOf, namedChildren, someNode, type SyntaxNode } from '../syntax-node.ts';
import {
  backtracksBadly,
  fixesHost,
  isLocalPath,
  looksLikeHtml,
  looksLikeSql,
  looksLikeXml,
} from '../text-shapes.ts';
import {
  CLEAN,
  CODE,
  CONSTANT,
  HEADER,
  HTML,
  INPUT,
  isUnsafeFor,
  LOG,
  PARAMETER,
  PATH,
  QUERY,
  REGEX,
  SHELL,
  SQL,
  UNKNOWN,
  URL_TARGET,
  type Value,
} from '../value.ts';

/** `name=value` among a call's arguments. */
export const keyword = (
  call: SyntaxNode,
  name: string,
  context: RuleContext,
): SyntaxNode | undefined => {
  const found = context
    .args(call)
    .find((arg) => arg.type === 'keyword_argument' && context.text(childOf(arg, 'name')!) === name);
  return found && childOf(found, 'value');
};
export const positional = (
  call: SyntaxNode,
  index: number,
  context: RuleContext,
): SyntaxNode | undefined =>
  context.args(call).filter((arg) => arg.type !== 'keyword_argument')[index];
const controlOf = (node: SyntaxNode | undefined, context: RuleContext): Value =>
  node ? context.value(node) : CONSTANT;
const confidenceOf = (value: Value): number =>
  value.control === INPUT ? 0.95 : value.control === PARAMETER ? 0.85 : 0.6;

/** The outermost expression that joins pieces of text. */
export const isOutermost = (node: SyntaxNode): boolean => {
  const parent = node.parent;
  if (!parent) return true;
  if (/^(binary_operator|interpolation|concatenated_string)$/.test(parent.type)) return false;
  if (parent.type === 'parenthesized_expression') return isOutermost(parent);
  return !(
    parent.type === 'attribute' &&
    parent.parent?.type === 'call' &&
    /\.format$/.test(parent.type)
  );
};
export const COMPOSITIONS = ['string', 'binary_operator', 'call', 'concatenated_string'];
export const isComposition = (node: SyntaxNode, context: RuleContext): boolean =>
  node.type === 'call'
    ? /\.(format|join)$/.test(context.callee(node))
    : node.type !== 'string' || someNode(node, (at) => at.type === 'interpolation');
export const insideMessage = (node: SyntaxNode, context: RuleContext): boolean =>
  ancestorOf(
    node,
    (at) =>
      at.type === 'raise_statement' ||
      (at.type === 'call' &&
        (/(^|\.)_*(log|logger|logging|warn|warning|debug|info|error|exception|print|print_\w+|fail|skip)(\.\w+)?$/i.test(
          context.callee(at),
        ) ||
          /(Error|Exception|NotFound|Warning)$/.test(context.callee(at)))),
  ) !== undefined;

const SHELL_CALL =
  /^(os\.(system|popen|popen[234])|commands\.(getoutput|getstatusoutput)|subprocess\.(getoutput|getstatusoutput)|popen2\.popen\d|asyncio\.create_subprocess_shell|pexpect\.(run|spawn)|(\w+\.)*exec_command|platform\.popen)$/;
/** Home-made runners of command lines: `self._run_ssh(cmd)`, `utils.execute_cmd(...)`. */
const RUNNER =
  /(^|\.)_*(\w+_)*(ssh|shell|cmd|command|cli|cliq|run_cmd|runcmd|system|eql|bash|exec|svcinfo|3par)_*(run|exec|execute|cmd|command)?\w*$|(^|\.)_*(run|execute|exec|async_run|call)_*(\w+_)*(ssh|shell|cmd|command|cli|process)?$/i;
const commandInjection: Rule = {
  id: 'python/command-injection',
  cwe: ['CWE-78'],
  severity: 'high',
  confidence: 0.85,
  message:
    'a shell command is built from a value that is not constant; pass the arguments as a list without a shell',
  on: ['call'],
  check(node, context) {
    const callee = context.callee(node);
    const first =
      positional(node, 0, context) ??
      keyword(node, 'args', context) ??
      keyword(node, 'cmd', context);
    if (!first) return;
    const value = context.value(first);
    const atLeast = value.composed ? UNKNOWN : PARAMETER;
    if (SHELL_CALL.test(callee))
      return isUnsafeFor(value, SHELL, atLeast) && { node: first, confidence: confidenceOf(value) };
    if (/^subprocess\.\w+$/.test(callee)) {
      const shell = keyword(node, 'shell', context);
      const list = context.resolve(first);
      if (shell && context.text(shell) !== 'False')
        return (
          isUnsafeFor(value, SHELL, value.composed ? UNKNOWN : PARAMETER) && {
            node: first,
            confidence: confidenceOf(value),
          }
        );
      if (list.type !== 'list')
        return (
          value.composed &&
          /\s/.test(value.text.trim()) &&
          isUnsafeFor(value, SHELL) && { node: first, confidence: 0.5 }
        );
      const items = namedChildren(list);
      const flag = items.findIndex((item) => /^['"](-\w*c|\/c)['"]$/i.test(context.text(item)));
      if (
        flag < 1 ||
        !/^['"](\/bin\/|\/usr\/bin\/)?(ba|da|z|k)?sh['"]$|cmd/.test(context.text(items[0]!))
      )
        return;
      const script = items[flag + 1];
      return script !== undefined && isUnsafeFor(context.value(script), SHELL) && { node: script };
    }
    if (
      !RUNNER.test(callee) ||
      isList(first, context) ||
      looksLikeSql(value.text) ||
      looksLikeHtml(value.text)
    )
      return;
    const commandLike = /^[\w./-]+\s+\S|^\s+-|\s-{1,2}\w/.test(value.text);
    return (
      value.composed &&
      commandLike &&
      isUnsafeFor(value, SHELL) && { node: first, confidence: 0.55 }
    );
  },
};

const sqlInjection: Rule = {
  id: 'python/sql-injection',
  cwe: ['CWE-89'],
  severity: 'high',
  confidence: 0.9,
  message: 'SQL text is built from values; use placeholders and pass the values separately',
  on: ['call', 'return_statement', 'assignment', 'augmented_assignment'],
  check(node, context): Hit | undefined | false {
    const target =
      node.type === 'call'
        ? sqlArgument(node, context)
        : node.type === 'return_statement'
          ? namedChildren(node)[0]
          : childOf(node, 'right');
    if (
      !target ||
      (node.type !== 'call' &&
        target.type === 'call' &&
        !/\.(format|join)$/.test(context.callee(target)))
    )
      return;
    const value = context.value(target);
    if (!value.composed || !isUnsafeFor(value, SQL) || !looksLikeSql(value.text)) return;
    // Composed but not yet run: certain only when nothing in the function binds it to a call.
    if (node.type === 'assignment' || node.type === 'augmented_assignment') return;
    return { node: target, confidence: node.type === 'call' ? confidenceOf(value) : 0.5 };
  },
};
/** The argument that is SQL text; whatever takes it will run it, unless it only reports it. */
function sqlArgument(node: SyntaxNode, context: RuleContext): SyntaxNode | undefined {
  const callee = context.callee(node);
  if (
    /\.(format|join|strip|replace|append|encode|lower|upper)$|^(str|len|repr|print|format)$/.test(
      callee,
    ) ||
    insideMessage(node.children[0] ?? node, context)
  )
    return undefined;
  return context
    .args(node)
    .map((arg) => (arg.type === 'keyword_argument' ? childOf(arg, 'value')! : arg))
    .find((arg) => {
      const value = context.value(arg);
      return value.composed && isUnsafeFor(value, SQL) && looksLikeSql(value.text);
    });
}

const FILE_CALL =
  /^(open|io\.open|codecs\.open|file|os\.(open|remove|unlink|rename|rmdir|removedirs|mkdir|makedirs|listdir|chmod|stat|symlink|scandir)|shutil\.(copy|copy2|copyfile|copytree|move|rmtree)|send_file|flask\.send_file|FileResponse|static_file|zipfile\.ZipFile|tarfile\.open|aiofiles\.open|web\.FileResponse|os\.path\.(exists|isfile|isdir)|(\w+\.)*sendFile|linecache\.getlines?)$/;
const pathTraversal: Rule = {
  id: 'python/path-traversal',
  cwe: ['CWE-22'],
  severity: 'high',
  confidence: 0.85,
  message: 'a file path is built from a value without checking that it stays inside its folder',
  on: ['call'],
  check(node, context) {
    const callee = context.callee(node);
    const fn = childOf(node, 'function')!;
    const method =
      /(^|\.|\))\.?(read_text|read_bytes|write_text|write_bytes|open|unlink|iterdir|rmdir|mkdir)$/.test(
        callee,
      ) && fn.type === 'attribute'
        ? childOf(fn, 'object')
        : undefined;
    const looksOnly = /^os\.path\./.test(callee);
    const targets = FILE_CALL.test(callee)
      ? context
          .args(node)
          .filter((arg) => arg.type !== 'keyword_argument')
          .slice(0, /rename|copy|move|symlink/.test(callee) ? 2 : 1)
      : method
        ? [method]
        : [];
    if (looksOnly) return;
    for (const target of targets) {
      const value = context.value(target);
      if (isUnsafeFor(value, PATH, PARAMETER) && (value.composed || value.control === INPUT))
        return { node: target, confidence: confidenceOf(value) };
    }
    return;
  },
};

const archiveExtraction: Rule = {
  id: 'python/archive-extraction',
  cwe: ['CWE-22'],
  severity: 'medium',
  confidence: 0.7,
  message: 'an archive is unpacked as it is; entries named ../x leave the folder',
  on: ['call'],
  check(node, context) {
    if (
      !/\.extractall$/.test(context.callee(node)) ||
      keyword(node, 'filter', context) ||
      keyword(node, 'members', context)
    )
      return;
    const owner = ancestorOf(node, (at) => at.type === 'function_definition');
    return (
      !(
        owner &&
        /getnames|getmembers|namelist|infolist|is_within|startswith/.test(context.text(owner))
      ) && node
    );
  },
};

const htmlInjection: Rule = {
  id: 'python/html-injection',
  cwe: ['CWE-79'],
  severity: 'high',
  confidence: 0.8,
  message: 'HTML is built from a value without escaping it',
  on: COMPOSITIONS,
  check(node, context) {
    if (!isComposition(node, context) || !isOutermost(node)) return;
    const value = context.value(node);
    if (!value.composed || !looksLikeHtml(value.text) || looksLikeSql(value.text)) return;
    const marked = ancestorOf(
      node,
      (at) =>
        at.type === 'call' &&
        /(^|\.)(mark_safe|Markup|SafeText|SafeString|HttpResponse|make_response|HTML)$/.test(
          context.callee(at),
        ),
    );
    if (!isUnsafeFor(value, HTML, marked ? UNKNOWN : PARAMETER)) return;
    if (
      insideMessage(node, context) ||
      ancestorOf(
        node,
        (at) =>
          at.type === 'call' &&
          /(^|\.)(format_html|re\.\w+|find\w*|assert\w*)$/.test(context.callee(at)),
      )
    )
      return;
    return {
      node,
      confidence: confidenceOf(value),
      ...(looksLikeXml(value.text) ? { cwe: ['CWE-91', 'CWE-79'] } : {}),
    };
  },
};

const unsafeMarkup: Rule = {
  id: 'python/unsafe-markup',
  cwe: ['CWE-79'],
  severity: 'medium',
  confidence: 0.75,
  message: 'a value is declared safe markup, or sent as a page, without escaping',
  on: ['call'],
  check(node, context) {
    const callee = context.callee(node);
    if (/(^|\.)(jinja2\.)?Environment$/.test(callee)) {
      const autoescape = keyword(node, 'autoescape', context);
      return (
        (autoescape
          ? context.text(autoescape) === 'False'
          : /^jinja2\./.test(callee) ||
            context.args(node).some((arg) => /loader/.test(context.text(arg)))) && node
      );
    }
    const first = positional(node, 0, context);
    if (!first) return;
    const value = context.value(first);
    if (/(^|\.)(mark_safe|Markup|SafeText|SafeString)$/.test(callee))
      return isUnsafeFor(value, HTML, PARAMETER) && !looksLikeHtml(value.text) && first;
    if (
      /(^|\.)(HttpResponse|HttpResponseBadRequest|HttpResponseNotFound|make_response|Response|self\.write|response\.write|self\.response\.(out\.)?write)$/.test(
        callee,
      )
    ) {
      const kind = keyword(node, 'content_type', context) ?? keyword(node, 'mimetype', context);
      if (kind && !/html/.test(context.text(kind))) return;
      return (
        isUnsafeFor(value, HTML, INPUT) &&
        !looksLikeHtml(value.text) &&
        first.type !== 'dictionary' && { node: first, confidence: 0.7 }
      );
    }
    return;
  },
};

const returnedInput: Rule = {
  id: 'python/reflected-input',
  cwe: ['CWE-79'],
  severity: 'medium',
  confidence: 0.65,
  message: 'a request value is sent back as a page without escaping',
  on: ['return_statement'],
  check(node, context) {
    const inner = namedChildren(node)[0];
    const owner = ancestorOf(node, (at) => at.type === 'decorated_definition');
    if (!inner || !owner || !/@\w+\.(route|get|post)\(/.test(context.text(owner).slice(0, 200)))
      return;
    if (
      /^(call|dictionary|list)$/.test(inner.type) &&
      !/\.format$/.test(inner.type === 'call' ? context.callee(inner) : '')
    )
      return;
    const value = context.value(inner);
    return (
      value.control === INPUT &&
      value.composed &&
      isUnsafeFor(value, HTML) &&
      !looksLikeHtml(value.text) &&
      inner
    );
  },
};

const codeInjection: Rule = {
  id: 'python/code-injection',
  cwe: ['CWE-95', 'CWE-94'],
  severity: 'high',
  confidence: 0.9,
  message:
    'text is run as code; parse it as data (json, ast.literal_eval) or choose from a fixed table',
  on: ['call'],
  check(node, context) {
    if (
      !/^(eval|exec|execfile|builtins\.(eval|exec)|__builtins__\.(eval|exec)|code\.(interact|InteractiveInterpreter)|timeit\.timeit)$/.test(
        context.callee(node),
      )
    )
      return;
    const first = positional(node, 0, context);
    const value = controlOf(first, context);
    return (
      first !== undefined &&
      isUnsafeFor(value, CODE) && { node: first, confidence: confidenceOf(value) }
    );
  },
};

const unsafeReflection: Rule = {
  id: 'python/unsafe-reflection',
  cwe: ['CWE-470'],
  severity: 'medium',
  confidence: 0.6,
  message:
    'a module or attribute is chosen by name from outside; look the name up in a fixed table first',
  on: ['call'],
  check(node, context) {
    const fn = childOf(node, 'function')!;
    if (fn.type === 'call' && context.callee(fn) === 'getattr') {
      const name = positional(fn, 1, context);
      return name !== undefined && isUnsafeFor(context.value(name), CODE, INPUT) && node;
    }
    if (!/^(importlib\.import_module|__import__|globals\(\))$/.test(context.callee(node))) return;
    const first = positional(node, 0, context);
    return first !== undefined && isUnsafeFor(context.value(first), CODE, PARAMETER) && first;
  },
};

const templateInjection: Rule = {
  id: 'python/template-injection',
  cwe: ['CWE-1336', 'CWE-94'],
  severity: 'high',
  confidence: 0.8,
  message:
    'a template is compiled from text the caller controls; pass the text as data to a fixed template',
  on: ['call'],
  check(node, context) {
    if (!/(^|\.)(render_template_string|Template|from_string)$/.test(context.callee(node))) return;
    if (/^string\.Template$/.test(context.callee(node))) return;
    const first = positional(node, 0, context);
    const value = controlOf(first, context);
    return (
      first !== undefined && isUnsafeFor(value, CODE, value.composed ? PARAMETER : INPUT) && first
    );
  },
};

const unsafeDeserialization: Rule = {
  id: 'python/unsafe-deserialization',
  cwe: ['CWE-502'],
  severity: 'high',
  confidence: 0.85,
  message: 'a format that can carry code is read; use json, or yaml.safe_load',
  on: ['call'],
  check(node, context) {
    const callee = context.callee(node);
    const first = positional(node, 0, context);
    if (!first) return;
    if (/^(ruamel\.)?yaml\.(load|load_all|unsafe_load|full_load)$/.test(callee)) {
      const loader = keyword(node, 'Loader', context) ?? positional(node, 1, context);
      const safe = loader && /(Safe|Base)Loader/.test(context.text(loader));
      return !safe && controlOf(first, context).control !== CLEAN && node;
    }
    return (
      /^(pickle|dill|cloudpickle|marshal|jsonpickle|shelve|joblib|pandas|pd)\.(loads?|Unpickler|decode|open|read_pickle)$/.test(
        callee,
      ) &&
      controlOf(first, context).control !== CLEAN &&
      node
    );
  },
};

const serverSideRequest: Rule = {
  id: 'python/server-side-request-forgery',
  cwe: ['CWE-918'],
  severity: 'high',
  confidence: 0.8,
  message:
    'the host of an outgoing request is chosen by the caller; check it against a list of allowed hosts',
  on: ['call'],
  check(node, context) {
    if (
      !/^(requests|httpx|aiohttp|session|urllib3|self\.session|http)\.(get|post|put|patch|delete|head|request|options)$|^(urllib\.request\.(urlopen|Request|urlretrieve)|urllib\.(urlopen|urlretrieve)|http\.client\.HTTPS?Connection)$/.test(
        context.callee(node),
      )
    )
      return;
    const first =
      keyword(node, 'url', context) ??
      positional(node, /\.request$/.test(context.callee(node)) ? 1 : 0, context);
    if (!first) return;
    const value = context.value(first);
    return (
      !fixesHost(value.prefix) &&
      !isLocalPath(value.prefix) &&
      isUnsafeFor(value, URL_TARGET, PARAMETER) && { node: first, confidence: confidenceOf(value) }
    );
  },
};

const openRedirect: Rule = {
  id: 'python/open-redirect',
  cwe: ['CWE-601'],
  severity: 'medium',
  confidence: 0.8,
  message: 'the target of a redirect is taken from outside; allow only local paths or known hosts',
  on: ['call'],
  check(node, context) {
    if (
      !/(^|\.)(redirect|HttpResponseRedirect|HttpResponsePermanentRedirect|RedirectResponse|seeother|HTTPFound)$/.test(
        context.callee(node),
      )
    )
      return;
    const first =
      positional(node, 0, context) ??
      keyword(node, 'location', context) ??
      keyword(node, 'url', context);
    if (!first) return;
    const value = context.value(first);
    return (
      !fixesHost(value.prefix) &&
      !isLocalPath(value.prefix) &&
      isUnsafeFor(value, URL_TARGET, PARAMETER) &&
      first
    );
  },
};

const headerInjection: Rule = {
  id: 'python/header-injection',
  cwe: ['CWE-113', 'CWE-93'],
  severity: 'medium',
  confidence: 0.65,
  message: 'a header takes a value that may contain line breaks',
  on: ['assignment', ...COMPOSITIONS],
  check(node, context) {
    if (node.type === 'assignment') {
      const left = childOf(node, 'left')!;
      const right = childOf(node, 'right');
      if (
        left.type !== 'subscript' ||
        !right ||
        !/(^|\.)(headers|response|resp|msg|message)\[\s*['"]/.test(context.text(left))
      )
        return;
      if (/location/i.test(context.text(left))) return;
      return isUnsafeFor(context.value(right), HEADER, INPUT) && right;
    }
    if (!isComposition(node, context) || !isOutermost(node)) return;
    const value = context.value(node);
    return (
      value.composed &&
      isUnsafeFor(value, HEADER, PARAMETER) &&
      /(^|\\r\\n|\\n)[A-Z][A-Za-z]*(-[A-Z][A-Za-z]*)*: ?/.test(value.text) &&
      /\\r\\n/.test(value.text) &&
      node
    );
  },
};

const logInjection: Rule = {
  id: 'python/log-injection',
  cwe: ['CWE-117'],
  severity: 'low',
  confidence: 0.6,
  message: 'a log line takes a value that may contain line breaks, so entries can be forged',
  on: ['call'],
  check(node, context) {
    const callee = context.callee(node);
    if (
      /(^|\.)(logging|logger|log|LOG|_logger|app\.logger)\.(debug|info|warning|warn|error|critical|exception)$/.test(
        callee,
      )
    ) {
      const bad = context.args(node).find((arg) => isUnsafeFor(context.value(arg), LOG, INPUT));
      return bad && { node: bad };
    }
    if (!/(^|\.)\w*(log|audit)\w*\.(write|append)$/i.test(callee)) return;
    const first = positional(node, 0, context);
    const value = controlOf(first, context);
    return (
      first !== undefined &&
      value.composed &&
      isUnsafeFor(value, LOG, PARAMETER) && { node: first, confidence: 0.7 }
    );
  },
};

const directoryQuery: Rule = {
  id: 'python/directory-query-injection',
  cwe: ['CWE-90', 'CWE-643'],
  severity: 'high',
  confidence: 0.8,
  message: 'an LDAP filter or XPath expression is built from values; escape them for that language',
  on: COMPOSITIONS,
  check(node, context) {
    if (!isComposition(node, context) || !isOutermost(node)) return;
    const value = context.value(node);
    if (!value.composed || !isUnsafeFor(value, QUERY, PARAMETER)) return;
    if (/\([&|!]?\(?[a-zA-Z]+=/.test(value.text) && /^\s*\(/.test(value.text))
      return { node, cwe: ['CWE-90'] };
    if (/^\s*\.?\/\/?[\w*]+(\/[\w*]+)*\[@?[\w/()]+\s*=\s*['"]/.test(value.text))
      return { node, cwe: ['CWE-643'] };
    return;
  },
};

const regexRules: Rule = {
  id: 'python/slow-regular-expression',
  cwe: ['CWE-1333'],
  severity: 'medium',
  confidence: 0.75,
  message:
    'this pattern can take exponential time on some texts, or is built from a value without escaping',
  on: ['call'],
  check(node, context) {
    if (
      !/^re\.(compile|match|search|fullmatch|findall|finditer|sub|split)$/.test(
        context.callee(node),
      )
    )
      return;
    const first = positional(node, 0, context);
    if (!first) return;
    const value = context.value(first);
    if (value.control === CLEAN) return backtracksBadly(value.text) && first;
    return isUnsafeFor(value, REGEX, PARAMETER) && { node: first, confidence: 0.7 };
  },
};

export const INJECTION_RULES: readonly Rule[] = [
  commandInjection,
  sqlInjection,
  pathTraversal,
  archiveExtraction,
  htmlInjection,
  unsafeMarkup,
  returnedInput,
  codeInjection,
  unsafeReflection,
  templateInjection,
  unsafeDeserialization,
  serverSideRequest,
  openRedirect,
  headerInjection,
  logInjection,
  directoryQuery,
  regexRules,
];
