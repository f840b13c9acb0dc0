/** @file JavaScript: files, pages, redirects, requests to elsewhere, headers and logs. */
import type { Rule, RuleContext } from '../rule.ts';
import { ancestorOf, childOf, someNode, type SyntaxNode } from '../syntax-node.ts';
import { fixesHost, isLocalPath, looksLikeHtml, looksLikeXml } from '../text-shapes.ts';
import {
  CLEAN,
  HEADER,
  HTML,
  INPUT,
  isUnsafeFor,
  LOG,
  PARAMETER,
  PATH,
  UNKNOWN,
  URL_TARGET,
  type Value,
} from '../value.ts';
import { namesAround } from './rules-crypto.ts';
import { hasOption, optionOf } from './rules-injection.ts';

const FILE_CALL =
  /^fs\.(readFile|writeFile|appendFile|createReadStream|createWriteStream|unlink|rm|rmdir|readdir|open|copyFile|rename|mkdir|stat|lstat|access|exists|truncate|chmod|symlink|link|readJson|outputFile|remove|move|ensureDir|cp)(Sync)?$/;

const pathTraversal: Rule = {
  id: 'javascript/path-traversal',
  cwe: ['CWE-22'],
  severity: 'high',
  confidence: 0.85,
  message: 'a file path is built from a value without checking that it stays inside its folder',
  on: ['call_expression'],
  check(node, context) {
    const callee = context.callee(node).replace(/^fs\.promises\./, 'fs.');
    const args = context.args(node);
    const two = /\.(rename|copyFile|symlink|link|move|cp)(Sync)?$/.test(callee);
    const sends = /^(res|response|reply)\.(sendFile|download|sendfile)$/.test(callee);
    if (!sends && !FILE_CALL.test(callee)) return;
    if (sends && hasOption(node, 'root', context)) return;
    for (const arg of args.slice(0, two ? 2 : 1)) {
      const value = context.value(arg);
      if (isUnsafeFor(value, PATH, PARAMETER) && (value.composed || value.control === INPUT))
        return { node: arg, confidence: value.control === INPUT ? 0.95 : 0.8 };
    }
    return;
  },
};

/** The outermost expression that joins pieces of text. */
const isOutermost = (node: SyntaxNode): boolean => {
  const parent = node.parent;
  if (parent?.type === 'template_substitution') return false;
  if (parent?.type === 'parenthesized_expression') return isOutermost(parent);
  return parent?.type !== 'binary_expression';
};
const inMessage = (node: SyntaxNode, context: RuleContext): boolean =>
  ancestorOf(
    node,
    (at) =>
      at.type === 'throw_statement' ||
      (at.type === 'new_expression' &&
        /Error$/.test(context.text(childOf(at, 'constructor') ?? at))) ||
      (at.type === 'call_expression' && /^(console|log|logger)\./.test(context.callee(at))),
  ) !== undefined;

const htmlComposition: Rule = {
  id: 'javascript/html-injection',
  cwe: ['CWE-79'],
  severity: 'high',
  confidence: 0.85,
  message: 'HTML is built from a value without escaping it',
  on: ['template_string', 'binary_expression', 'augmented_assignment_expression'],
  check(node, context) {
    if (!isOutermost(node)) return;
    if (node.parent?.type === 'call_expression' && node.field === 'arguments') return; // a tagged template
    if (node.type === 'binary_expression' && context.text(childOf(node, 'operator')!) !== '+')
      return;
    if (node.type === 'augmented_assignment_expression') {
      const right = childOf(node, 'right');
      if (!right || right.type === 'template_string' || right.type === 'binary_expression') return;
      const before = context.scope.lookup(context.text(childOf(node, 'left')!));
      return (
        isUnsafeFor(context.value(right), HTML, PARAMETER) &&
        before !== undefined &&
        looksLikeHtml(before.value.text) &&
        right
      );
    }
    const value = context.value(node);
    if (!value.composed || !isUnsafeFor(value, HTML, PARAMETER) || !looksLikeHtml(value.text))
      return;
    return (
      !inMessage(node, context) && {
        node,
        confidence: value.control === INPUT ? 0.95 : 0.85,
        ...(looksLikeXml(value.text) ||
        namesAround(node, context).some((name) => /xml|rss|sitemap|soap/i.test(name))
          ? { cwe: ['CWE-91', 'CWE-79'] }
          : {}),
      }
    );
  },
};

const htmlSink: Rule = {
  id: 'javascript/unsafe-markup-sink',
  cwe: ['CWE-79'],
  severity: 'high',
  confidence: 0.8,
  message: 'a value is written as markup; use textContent or escape it',
  on: ['assignment_expression', 'call_expression', 'pair'],
  check(node, context) {
    if (node.type === 'assignment_expression') {
      const left = childOf(node, 'left')!;
      const right = childOf(node, 'right')!;
      if (
        left.type !== 'member_expression' ||
        !/\.(innerHTML|outerHTML|srcdoc)$/.test(context.text(left))
      )
        return;
      return isUnsafeFor(context.value(right), HTML, PARAMETER) && right;
    }
    if (node.type === 'pair') {
      const value = childOf(node, 'value')!;
      return (
        context.text(childOf(node, 'key')!) === '__html' &&
        isUnsafeFor(context.value(value), HTML, UNKNOWN) &&
        value
      );
    }
    const callee = context.callee(node);
    const args = context.args(node);
    const last = /\.insertAdjacentHTML$/.test(callee) ? args[1] : args[0];
    if (!last) return;
    if (
      /^document\.(write|writeln)$|\.(insertAdjacentHTML|html)$|^\$$/.test(callee) &&
      callee !== '$'
    )
      return isUnsafeFor(context.value(last), HTML, PARAMETER) && last;
    const value = context.value(last);
    return (
      /^(res|response|reply)\.(send|write|end)$/.test(callee) &&
      value.control === INPUT &&
      isUnsafeFor(value, HTML) &&
      last.type !== 'object' &&
      !looksLikeHtml(value.text) && { node: last, confidence: 0.7 }
    );
  },
};

const REDIRECT =
  /^(res|response|reply|ctx|c|this\.res)\.redirect$|^redirect$|(^|\.)location\.(assign|replace)$/;
const openRedirect: Rule = {
  id: 'javascript/open-redirect',
  cwe: ['CWE-601'],
  severity: 'medium',
  confidence: 0.8,
  message: 'the target of a redirect is taken from outside; allow only local paths or known hosts',
  on: ['call_expression', 'assignment_expression', 'pair'],
  check(node, context) {
    let target: SyntaxNode | undefined;
    if (node.type === 'assignment_expression') {
      if (
        !/(^|\.)location(\.href)?$/i.test(
          context
            .text(childOf(node, 'left')!)
            .replace(/\[['"]|['"]\]/g, (s) => (s[0] === '[' ? '.' : '')),
        )
      )
        return;
      target = childOf(node, 'right');
    } else if (node.type === 'pair') {
      if (!/^['"]?location['"]?$/i.test(context.text(childOf(node, 'key')!))) return;
      // Only as a header: `{ Location: … }` inside writeHead or a headers object.
      const key = context.text(childOf(node, 'key')!);
      if (
        !/^['"]?Location/.test(key) &&
        !/headers/i.test(context.text(node.parent?.parent ?? node).slice(0, 40))
      )
        return;
      target = childOf(node, 'value');
    } else if (REDIRECT.test(context.callee(node))) target = context.args(node).at(-1);
    else if (/\.(setHeader|header|set|append)$/.test(context.callee(node))) {
      const name = context.args(node)[0];
      if (!name || !/^['"`]location['"`]$/i.test(context.text(name))) return;
      target = context.args(node)[1];
    }
    if (!target) return;
    const value = context.value(target);
    if (fixesHost(value.prefix) || isLocalPath(value.prefix)) return;
    return isUnsafeFor(value, URL_TARGET, PARAMETER) && target;
  },
};

const REQUEST_CALL =
  /^(fetch|axios|got|request|needle|superagent|httpGet|http|https|nodeFetch|node-fetch|undici|globalThis\.fetch)(\.(get|post|put|patch|delete|head|request|fetch|stream))?$/;
const serverSideRequest: Rule = {
  id: 'javascript/server-side-request-forgery',
  cwe: ['CWE-918'],
  severity: 'high',
  confidence: 0.8,
  message:
    'the host of an outgoing request is chosen by the caller; check it against a list of allowed hosts',
  on: ['call_expression'],
  check(node, context) {
    const callee = context.callee(node);
    if (
      !REQUEST_CALL.test(callee) ||
      (/^(http|https|request)$/.test(callee) && context.args(node).length === 0)
    )
      return;
    const first = context.args(node)[0];
    if (!first) return;
    const target =
      optionOf(first, 'url', context) ??
      optionOf(first, 'uri', context) ??
      optionOf(first, 'hostname', context) ??
      optionOf(first, 'host', context) ??
      (context.resolve(first).type === 'object' ? undefined : first);
    if (!target) return;
    const value = context.value(target);
    return (
      !fixesHost(value.prefix) &&
      !isLocalPath(value.prefix) &&
      isUnsafeFor(value, URL_TARGET, PARAMETER) &&
      target
    );
  },
};

const headerInjection: Rule = {
  id: 'javascript/header-injection',
  cwe: ['CWE-113'],
  severity: 'medium',
  confidence: 0.6,
  message: 'a header takes a value that may contain line breaks',
  on: ['call_expression', 'template_string', 'binary_expression'],
  check(node, context) {
    if (node.type === 'call_expression') {
      if (!/\.(setHeader|writeHead|addHeader|appendHeader|header)$/.test(context.callee(node)))
        return;
      const [first, second] = context.args(node);
      if (!second || second.type === 'object' || (first && /location/i.test(context.text(first))))
        return;
      const value = context.value(second);
      return (
        isUnsafeFor(value, HEADER, PARAMETER) && {
          node: second,
          confidence: value.control === INPUT ? 0.8 : 0.6,
        }
      );
    }
    if (!isOutermost(node)) return;
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

const LOG_SINK =
  /^(console|logger|log|winston|pino|bunyan|this\.logger|req\.log)\.(log|info|warn|error|debug|trace)$/;
const logInjection: Rule = {
  id: 'javascript/log-injection',
  cwe: ['CWE-117'],
  severity: 'low',
  confidence: 0.6,
  message: 'a log line takes a value that may contain line breaks, so entries can be forged',
  on: ['call_expression'],
  check(node, context) {
    const callee = context.callee(node);
    const args = context.args(node);
    if (LOG_SINK.test(callee)) {
      const bad = args.find((arg) => {
        const value = context.value(arg);
        return value.composed && isUnsafeFor(value, LOG, INPUT);
      });
      return bad && { node: bad };
    }
    const appended = /^fs\.appendFile(Sync)?$/.test(callee)
      ? args[1]
      : /(^|\.)(\w*[lL]og\w*|audit\w*)\.(push|write|append)$/.test(callee)
        ? args[0]
        : undefined;
    if (!appended) return;
    const value = context.value(appended);
    return (
      value.composed &&
      isUnsafeFor(value, LOG, PARAMETER) &&
      !looksLikeHtml(value.text) && { node: appended, confidence: 0.7 }
    );
  },
};

const cleartext: Rule = {
  id: 'javascript/cleartext-transmission',
  cwe: ['CWE-319'],
  severity: 'low',
  confidence: 0.6,
  message: 'data is sent over http:// where anybody on the way can read it',
  on: ['call_expression'],
  check(node, context) {
    if (!REQUEST_CALL.test(context.callee(node))) return;
    const first = context.args(node)[0];
    const target = first && (optionOf(first, 'url', context) ?? first);
    if (!target) return;
    const prefix = context.value(target).prefix;
    return (
      /^http:\/\/(?!localhost|127\.|\[?::1|0\.0\.0\.0|10\.|192\.168\.|[\w-]+(:\d+)?(\/|$)|[\w.-]*\.(local|internal|test|example)([:/]|$))/.test(
        prefix,
      ) && target
    );
  },
};

const errorDetails: Rule = {
  id: 'javascript/error-details-exposed',
  cwe: ['CWE-209'],
  severity: 'low',
  confidence: 0.7,
  message: 'the text of an internal error is sent to the client',
  on: ['call_expression'],
  check(node, context) {
    if (!/(^|\.|\))(send|json|end|write)$/.test(context.callee(node))) return;
    if (!/^(res|response|reply)\b/.test(context.text(node))) return;
    const sent = context.args(node);
    if (sent.some((arg) => /\b(err|error|e|ex|exception)\.stack\b/.test(context.text(arg))))
      return sent[0];
    const caught = ancestorOf(node, (at) => at.type === 'catch_clause');
    const parameter = caught && childOf(caught, 'parameter');
    if (parameter?.type !== 'identifier') return;
    const name = context.text(parameter);
    return sent.find((arg) =>
      someNode(arg, (at) => {
        if (at.type !== 'identifier' || context.text(at) !== name) return false;
        const property =
          at.parent?.type === 'member_expression' ? childOf(at.parent, 'property') : undefined;
        return property === undefined || /^(message|stack|toString)$/.test(context.text(property));
      }),
    );
  },
};

const corsReflection: Rule = {
  id: 'javascript/permissive-cors',
  cwe: ['CWE-942'],
  severity: 'medium',
  confidence: 0.7,
  message: 'any origin that asks is allowed; compare it with a list first',
  on: ['call_expression'],
  check(node, context) {
    if (!/\.(setHeader|header|set)$/.test(context.callee(node))) return;
    const [name, value] = context.args(node);
    if (!name || !value || !/access-control-allow-origin/i.test(context.text(name))) return;
    return isUnsafeFor(context.value(value), URL_TARGET, PARAMETER) && value;
  },
};

const cookieFlags: Rule = {
  id: 'javascript/insecure-cookie',
  cwe: ['CWE-614', 'CWE-1004'],
  severity: 'medium',
  confidence: 0.75,
  message: 'a session cookie is set without HttpOnly and Secure',
  on: ['call_expression'],
  check(node, context) {
    const callee = context.callee(node);
    const args = context.args(node);
    if (
      /^(res|response|reply|ctx\.cookies)\.(cookie|set|setCookie)$/.test(callee) &&
      args.length >= 2
    ) {
      const name = context.text(args[0]!);
      if (!/sess|sid|token|auth|jwt|login/i.test(name)) return;
      const options = args[2];
      if (!options) return { node };
      const literal = context.resolve(options);
      if (literal.type !== 'object' || /\.\.\./.test(context.text(literal))) return;
      const off = ['httpOnly', 'secure'].some((flag) => {
        const value = optionOf(options, flag, context);
        return value === undefined || context.text(value) === 'false';
      });
      return off && { node };
    }
    if (
      !/\.(setHeader|header|append)$/.test(callee) ||
      !args[0] ||
      !/set-cookie/i.test(context.text(args[0])) ||
      !args[1]
    )
      return;
    const text: Value = context.value(args[1]);
    if (text.control === CLEAN && !/=/.test(text.text)) return;
    return (
      text.text !== '' &&
      !/httponly/i.test(text.text) &&
      /sess|sid|token|auth|jwt/i.test(text.text) && { node: args[1] }
    );
  },
};

const temporaryFile: Rule = {
  id: 'javascript/predictable-temporary-file',
  cwe: ['CWE-377'],
  severity: 'low',
  confidence: 0.6,
  message: 'a temporary file has a name that others can guess; use fs.mkdtemp or a random name',
  on: ['call_expression'],
  check(node, context) {
    if (
      !/^fs\.(promises\.)?(writeFile|open|createWriteStream|appendFile)(Sync)?$/.test(
        context.callee(node),
      )
    )
      return;
    const first = context.args(node)[0];
    if (!first) return;
    const text = context.text(context.resolve(first));
    return (
      /(['"`]\/tmp\/|os\.tmpdir\(\)|tmpdir\(\))/.test(text) &&
      !/random|mkdtemp|uuid|nanoid/i.test(text.replace(/Math\.random/g, '')) &&
      /Math\.random|Date\.now|process\.pid|['"`]\/tmp\/[\w.-]+['"`]/.test(text) &&
      !/wx|O_EXCL/.test(context.text(node)) &&
      first
    );
  },
};

const permissions: Rule = {
  id: 'javascript/loose-permissions',
  cwe: ['CWE-732'],
  severity: 'medium',
  confidence: 0.8,
  message: 'a file is made writable for everybody',
  on: ['call_expression', 'pair'],
  check(node, context) {
    const loose = (mode: SyntaxNode | undefined): boolean =>
      mode !== undefined &&
      /^(0o?|['"]0?)?[0-7]?[0-7][0-7][2367]['"]?$/.test(context.text(mode)) &&
      /^(0o|0[0-7]|['"])/.test(context.text(mode));
    if (node.type === 'pair') {
      const value = childOf(node, 'value');
      return context.text(childOf(node, 'key')!) === 'mode' && loose(value) && value;
    }
    const mode = /^fs\.(promises\.)?(chmod|fchmod|lchmod)(Sync)?$/.test(context.callee(node))
      ? context.args(node)[1]
      : undefined;
    return loose(mode) && mode;
  },
};

export const WEB_RULES: readonly Rule[] = [
  pathTraversal,
  htmlComposition,
  htmlSink,
  openRedirect,
  serverSideRequest,
  headerInjection,
  logInjection,
  cleartext,
  errorDetails,
  corsReflection,
  cookieFlags,
  temporaryFile,
  permissions,
];
