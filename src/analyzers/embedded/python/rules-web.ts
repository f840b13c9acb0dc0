/** @file Python: values reaching a page, a header or another host. */
import {
  keyword,
  positional,
  confidenceOf,
  isOutermost,
  COMPOSITIONS,
  isComposition,
  insideMessage,
} from './arguments.ts';
import type { Rule } from '../rule.ts';
import { ancestorOf, childOf, namedChildren } from '../syntax-node.ts';
import {
  fixesHost,
  isLocalPath,
  looksLikeHtml,
  looksLikeSql,
  looksLikeXml,
} from '../text-shapes.ts';
import { HEADER, HTML, INPUT, isUnsafeFor, PARAMETER, UNKNOWN, URL_TARGET } from '../value.ts';

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

export const WEB_RULES: readonly Rule[] = [
  htmlInjection,
  unsafeMarkup,
  returnedInput,
  serverSideRequest,
  openRedirect,
  headerInjection,
];
