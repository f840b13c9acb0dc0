/** @file JavaScript: pages, redirects, and requests to elsewhere. */
import type { Rule, RuleContext } from '../rule.ts';
import { ancestorOf, childOf, type SyntaxNode } from '../syntax-node.ts';
import { fixesHost, isLocalPath, looksLikeHtml, looksLikeXml } from '../text-shapes.ts';
import { HTML, INPUT, isUnsafeFor, PARAMETER, UNKNOWN, URL_TARGET } from '../value.ts';
import { namesAround } from './rules-crypto.ts';
import { optionOf } from './rules-injection.ts';

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

/** The outermost expression that joins pieces of text. */
export const isOutermost = (node: SyntaxNode): boolean => {
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

export const WEB_RULES: readonly Rule[] = [
  htmlComposition,
  htmlSink,
  openRedirect,
  serverSideRequest,
  cleartext,
];
