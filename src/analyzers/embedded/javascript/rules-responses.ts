/** @file JavaScript: headers, cookies, logs, and what an error tells a stranger. */
import type { Rule } from '../rule.ts';
import { ancestorOf, childOf, someNode } from '../syntax-node.ts';
import { looksLikeHtml } from '../text-shapes.ts';
import {
  CLEAN,
  HEADER,
  INPUT,
  isUnsafeFor,
  LOG,
  PARAMETER,
  URL_TARGET,
  type Value,
} from '../value.ts';
import { optionOf } from './rules-injection.ts';
import { isOutermost } from './rules-web.ts';

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

export const RESPONSE_RULES: readonly Rule[] = [
  headerInjection,
  logInjection,
  errorDetails,
  corsReflection,
  cookieFlags,
];
