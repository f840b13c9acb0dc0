/** @file Python: unsafe parsers, files, cookies and settings. */
import type { Rule } from '../rule.ts';
import { ancestorOf, childOf, namedChildren, someNode } from '../syntax-node.ts';
import { wordsOf } from '../text-shapes.ts';
import { CODE, HTML, isUnsafeFor, OBJECT, PARAMETER } from '../value.ts';
import { keyword, positional } from './arguments.ts';

const tlsOff: Rule = {
  id: 'python/tls-verification-off',
  cwe: ['CWE-295'],
  severity: 'high',
  confidence: 0.95,
  message:
    'certificates or host keys are not verified, so anybody on the way can pose as the server',
  on: ['keyword_argument', 'call', 'assignment'],
  check(node, context) {
    if (node.type === 'keyword_argument')
      return (
        /^(verify|verify_ssl|ssl_verify|check_hostname|validate_cert|validate_certs)$/.test(
          context.text(childOf(node, 'name')!),
        ) &&
        context.text(childOf(node, 'value')!) === 'False' &&
        !/^(jwt)\./.test(node.parent?.parent ? context.callee(node.parent.parent) : '') &&
        node
      );
    if (node.type === 'assignment')
      return /\.(check_hostname|verify)$/.test(context.text(childOf(node, 'left')!)) &&
        /^False$/.test(context.text(childOf(node, 'right') ?? node))
        ? node
        : /\.verify_mode$/.test(context.text(childOf(node, 'left')!)) &&
            /CERT_NONE$/.test(context.text(childOf(node, 'right') ?? node)) &&
            node;
    const callee = context.callee(node);
    if (/^ssl\._create_unverified_context$|^(paramiko\.)?AutoAddPolicy$/.test(callee)) return node;
    return (
      /set_missing_host_key_policy$/.test(callee) &&
      /AutoAddPolicy|WarningPolicy/.test(context.text(node)) &&
      !someNode(
        node,
        (at) => at !== node && at.type === 'call' && /AutoAddPolicy$/.test(context.callee(at)),
      ) &&
      node
    );
  },
};

const xmlEntities: Rule = {
  id: 'python/xml-external-entities',
  cwe: ['CWE-611', 'CWE-776'],
  severity: 'medium',
  confidence: 0.75,
  message:
    'the XML parser expands entities of the document; use defusedxml or resolve_entities=False',
  on: ['call'],
  check(node, context) {
    const callee = context.callee(node);
    if (/(^|\.)XMLParser$/.test(callee)) {
      const resolve = keyword(node, 'resolve_entities', context);
      return (
        /lxml|^etree\./.test(callee) && (resolve ? context.text(resolve) === 'True' : false) && node
      );
    }
    if (/\.setFeature$/.test(callee))
      return (
        /feature_external_(ges|pes)/.test(context.text(node)) &&
        /,\s*(True|1)\)/.test(context.text(node)) &&
        node
      );
    const plain =
      /^xml\.(etree\.(cElementTree|ElementTree)|dom\.(minidom|pulldom)|sax|dom\.expatbuilder)\.(parse|parseString|fromstring|iterparse|XML|XMLParser|make_parser)$/.test(
        callee,
      );
    const lxml = /^(lxml\.etree|lxml\.objectify|etree)\.(parse|fromstring|XML|iterparse)$/.test(
      callee,
    );
    if (!plain && !lxml) return;
    if (lxml && (keyword(node, 'parser', context) ?? positional(node, 1, context))) return;
    const first = positional(node, 0, context);
    return first !== undefined && isUnsafeFor(context.value(first), HTML, PARAMETER) && node;
  },
};

const temporaryFile: Rule = {
  id: 'python/predictable-temporary-file',
  cwe: ['CWE-377'],
  severity: 'low',
  confidence: 0.8,
  message:
    'a temporary file has a name that others can guess; use tempfile.NamedTemporaryFile or mkstemp',
  on: ['call'],
  check(node, context) {
    const callee = context.callee(node);
    if (/^(tempfile\.mktemp|os\.(tempnam|tmpnam))$/.test(callee)) return node;
    if (!/^(open|io\.open)$/.test(callee)) return;
    const mode = positional(node, 1, context) ?? keyword(node, 'mode', context);
    const first = positional(node, 0, context);
    if (!first || !mode || !/[wa]/.test(context.text(mode)) || /x/.test(context.text(mode))) return;
    return /^\/(var\/)?tmp\//.test(context.value(first).prefix) && { node: first, confidence: 0.6 };
  },
};

const permissions: Rule = {
  id: 'python/loose-permissions',
  cwe: ['CWE-732'],
  severity: 'medium',
  confidence: 0.85,
  message: 'a file is made writable for everybody',
  on: ['call'],
  check(node, context) {
    const callee = context.callee(node);
    if (callee === 'os.umask')
      return /^0o?0*$/.test(context.text(positional(node, 0, context) ?? node)) && node;
    if (!/^(os\.(chmod|fchmod|lchmod|makedirs|mkdir|open)|\w+\.chmod)$/.test(callee)) return;
    const mode =
      keyword(node, 'mode', context) ??
      positional(node, /open$/.test(callee) ? 2 : /^os\./.test(callee) ? 1 : 0, context);
    return (
      mode !== undefined &&
      (/^0o?[0-7]?[0-7][0-7][2367]$/.test(context.text(mode)) ||
        /S_IWOTH|S_IRWXO/.test(context.text(mode))) &&
      node
    );
  },
};

const readableSecret: Rule = {
  id: 'python/readable-secret-file',
  cwe: ['CWE-732', 'CWE-276'],
  severity: 'medium',
  confidence: 0.6,
  message: 'a secret is written to a file that others may read; create it with mode 0o600',
  on: ['call'],
  check(node, context) {
    const mode = positional(node, 1, context) ?? keyword(node, 'mode', context);
    if (
      !/^(open|io\.open)$/.test(context.callee(node)) ||
      !mode ||
      !/[wax]/.test(context.text(mode))
    )
      return;
    if (keyword(node, 'opener', context)) return;
    const owner = ancestorOf(node, (at) => at.type === 'function_definition');
    const name = owner && wordsOf(context.text(childOf(owner, 'name')!));
    if (
      !owner ||
      !name ||
      !/\b(passwords?|passwd|secrets?|tokens?|pin|(private|api|secret|signing) key|credentials?)\b/.test(
        name,
      )
    )
      return;
    return !/0o[0-7]?[0-7]00\b|S_IRUSR|os\.open\(|umask|hash/.test(context.text(owner)) && node;
  },
};

const formatString: Rule = {
  id: 'python/format-string',
  cwe: ['CWE-134'],
  severity: 'medium',
  confidence: 0.6,
  message: 'the caller chooses the format and can reach any attribute of its arguments',
  on: ['call'],
  check(node, context) {
    const fn = childOf(node, 'function')!;
    const receiver = fn.type === 'attribute' ? childOf(fn, 'object') : undefined;
    if (receiver?.type !== 'identifier' || !/\.(format|format_map)$/.test(context.callee(node)))
      return;
    const format = context.value(receiver);
    return (
      format.text === '' &&
      isUnsafeFor(format, CODE, PARAMETER) &&
      context.args(node).length > 0 &&
      node
    );
  },
};

const cookieFlags: Rule = {
  id: 'python/insecure-cookie',
  cwe: ['CWE-614', 'CWE-1004'],
  severity: 'medium',
  confidence: 0.75,
  message: 'a session cookie is set without httponly and secure',
  on: ['call'],
  check(node, context) {
    if (!/\.set_cookie$/.test(context.callee(node))) return;
    const name = positional(node, 0, context) ?? keyword(node, 'key', context);
    if (!name || !/sess|sid|token|auth|jwt|login|user/i.test(context.text(name))) return;
    const on = (flag: string): boolean => {
      const value = keyword(node, flag, context);
      return value !== undefined && context.text(value) !== 'False';
    };
    return (
      !(on('httponly') && on('secure')) &&
      !context.args(node).some((arg) => arg.type === 'dictionary_splat') &&
      node
    );
  },
};

const debugMode: Rule = {
  id: 'python/debug-mode',
  cwe: ['CWE-94', 'CWE-489'],
  severity: 'medium',
  confidence: 0.9,
  message: 'the debugger lets visitors run code; switch debug off outside development',
  on: ['call'],
  check(node, context) {
    const debug = /(^|\.)app\.run$/.test(context.callee(node))
      ? keyword(node, 'debug', context)
      : undefined;
    return debug !== undefined && context.text(debug) === 'True' && node;
  },
};

const massAssignment: Rule = {
  id: 'python/mass-assignment',
  cwe: ['CWE-915'],
  severity: 'medium',
  confidence: 0.7,
  message:
    'every field that is sent is copied, also those the sender must not set; copy the allowed fields by name',
  on: ['call'],
  check(node, context) {
    const callee = context.callee(node);
    if (/\.__dict__\.update$/.test(callee))
      return context.args(node).find((arg) => context.value(arg).control >= PARAMETER);
    const splat = context.args(node).find((arg) => arg.type === 'dictionary_splat');
    if (
      splat &&
      /^([A-Z]\w*|\w+\.objects\.create|\w+\.objects\.filter\(.*\)\.update)$/.test(callee)
    )
      return isUnsafeFor(context.value(splat), OBJECT, 3) && splat;
    if (callee !== 'setattr') return;
    const name = positional(node, 1, context);
    const loop = ancestorOf(node, (at) => at.type === 'for_statement');
    return (
      name !== undefined &&
      loop !== undefined &&
      isUnsafeFor(context.value(name), OBJECT, PARAMETER) &&
      /\.items\(\)|request|json|data/.test(context.text(childOf(loop, 'right')!)) &&
      node
    );
  },
};

const errorDetails: Rule = {
  id: 'python/error-details-exposed',
  cwe: ['CWE-209'],
  severity: 'low',
  confidence: 0.7,
  message: 'details of an internal error are sent to the client',
  on: ['return_statement'],
  check(node, context) {
    const inner = namedChildren(node)[0];
    if (!inner || !ancestorOf(node, (at) => at.type === 'except_clause')) return;
    const text = context.text(inner);
    return /traceback\.format_exc\(\)/.test(text) && inner;
  },
};

export const SETTINGS_RULES: readonly Rule[] = [
  tlsOff,
  xmlEntities,
  temporaryFile,
  permissions,
  readableSecret,
  formatString,
  cookieFlags,
  debugMode,
  massAssignment,
  errorDetails,
];
