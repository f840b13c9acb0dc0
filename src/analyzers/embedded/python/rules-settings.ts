/** @file Python: weak algorithms, guessable values, secrets in the source, unsafe parsers and settings. */
import type { Rule, RuleContext } from '../rule.ts';
import { ancestorOf, childOf, namedChildren, someNode, type SyntaxNode } from '../syntax-node.ts';
import {
  COMPARED_SECRET_NAME,
  isUnguessableName,
  looksLikeSecret,
  SECRET_NAME,
  wordsOf,
} from '../text-shapes.ts';
import { CLEAN, CODE, HTML, isUnsafeFor, OBJECT, PARAMETER } from '../value.ts';
import { keyword, positional } from './arguments.ts';

const unquoted = (text: string): string => text.replace(/^[rbuf]*['"]{1,3}|['"]{1,3}$/gi, '');

/** Names of the variables and functions an expression ends up in, innermost first. */
export function namesAround(node: SyntaxNode, context: RuleContext): string[] {
  const names: string[] = [];
  for (let at = node.parent; at; at = at.parent) {
    const name =
      at.type === 'function_definition' ||
      at.type === 'class_definition' ||
      at.type === 'keyword_argument'
        ? childOf(at, 'name')
        : at.type === 'assignment' || at.type === 'augmented_assignment'
          ? childOf(at, 'left')
          : at.type === 'pair'
            ? childOf(at, 'key')
            : undefined;
    if (name && name !== node) names.push(unquoted(context.text(name)));
  }
  return names;
}

const weakHash: Rule = {
  id: 'python/weak-hash',
  cwe: ['CWE-328', 'CWE-327'],
  severity: 'medium',
  confidence: 0.8,
  message: 'MD5 and SHA-1 are broken; use SHA-256, or scrypt for passwords',
  on: ['call'],
  check(node, context) {
    const callee = context.callee(node);
    const first = positional(node, 0, context);
    const named =
      callee === 'hashlib.new' &&
      first !== undefined &&
      /^(md[245]|sha-?1)$/i.test(unquoted(context.text(first)));
    if (
      !named &&
      !/^(hashlib|Crypto\.Hash|hashes)\.(md5|sha1|md4|MD5|SHA1|MD2)(\.new)?$|^(md5|sha)\.(new|md5|sha)$/.test(
        callee,
      )
    )
      return;
    const unused = keyword(node, 'usedforsecurity', context);
    if (unused && context.text(unused) === 'False') return;
    return (
      !namesAround(node, context).some((name) =>
        /etag|cache|gravatar|dedup|shard|bucket/i.test(name),
      ) && node
    );
  },
};

const fastPasswordHash: Rule = {
  id: 'python/fast-password-hash',
  cwe: ['CWE-916'],
  severity: 'medium',
  confidence: 0.75,
  message: 'a password is hashed with a function made to be fast; use scrypt, bcrypt or argon2',
  on: ['call'],
  check(node, context) {
    const callee = context.callee(node);
    const first = positional(node, 0, context);
    if (callee === 'hashlib.pbkdf2_hmac') {
      const rounds = positional(node, 3, context);
      const count = rounds && Number(context.text(context.resolve(rounds)).replaceAll('_', ''));
      return count !== undefined && count < 10_000 && rounds;
    }
    if (!/^hashlib\.(sha224|sha256|sha384|sha512|sha3_\w+|blake2\w)$/.test(callee) || !first)
      return;
    return (
      /passw|pwd|passphrase/i.test(context.text(first)) &&
      !/hash|digest/i.test(context.text(first)) &&
      node
    );
  },
};

const weakCipher: Rule = {
  id: 'python/weak-cipher',
  cwe: ['CWE-327'],
  severity: 'high',
  confidence: 0.9,
  message: 'a broken cipher or mode; use AES-GCM or ChaCha20-Poly1305',
  on: ['call'],
  check(node, context) {
    const callee = context.callee(node);
    if (
      /(^|\.)(DES3?|ARC4|ARC2|Blowfish|CAST|XOR)\.new$|(^|\.)algorithms\.(ARC4|Blowfish|IDEA|TripleDES|CAST5)$|(^|\.)modes\.ECB$/.test(
        callee,
      )
    )
      return node;
    return (
      /(^|\.)AES\.new$/.test(callee) &&
      context.args(node).some((arg) => /MODE_ECB/.test(context.text(arg))) &&
      node
    );
  },
};

const weakRandom: Rule = {
  id: 'python/weak-random',
  cwe: ['CWE-338', 'CWE-330'],
  severity: 'medium',
  confidence: 0.85,
  message: 'the random module can be predicted; use secrets for values that must not be guessed',
  on: ['call'],
  check(node, context) {
    if (
      !/^random\.(random|randint|randrange|choice|choices|sample|getrandbits|uniform|randbytes|shuffle)$|^(np|numpy)\.random\.\w+$/.test(
        context.callee(node),
      )
    )
      return;
    return namesAround(node, context).some(isUnguessableName) && node;
  },
};

const hardcodedSecret: Rule = {
  id: 'python/hard-coded-secret',
  cwe: ['CWE-798', 'CWE-259'],
  severity: 'high',
  confidence: 0.8,
  message: 'a secret is written into the source; read it from the environment or a secret store',
  on: [
    'assignment',
    'keyword_argument',
    'pair',
    'comparison_operator',
    'call',
    'default_parameter',
  ],
  check(node, context) {
    if (node.type === 'comparison_operator') {
      const [left, right] = namedChildren(node);
      if (left?.type !== 'identifier' && left?.type !== 'attribute' && left?.type !== 'subscript')
        return;
      return (
        right?.type === 'string' &&
        /(^|[._'"])(password|passwd|pwd|secret|api_?key|pin)['"\]]*$/i.test(context.text(left)) &&
        looksLikeSecret(unquoted(context.text(right))) &&
        right
      );
    }
    if (node.type === 'call') {
      const callee = context.callee(node);
      if (/^(os\.getenv|os\.environ\.get)$/.test(callee)) {
        const [name, fallback] = [positional(node, 0, context), positional(node, 1, context)];
        return (
          fallback?.type === 'string' &&
          name !== undefined &&
          SECRET_NAME.test(unquoted(context.text(name))) &&
          looksLikeSecret(unquoted(context.text(fallback))) &&
          fallback
        );
      }
      if (!/^(jwt\.(encode|decode)|hmac\.new)$/.test(callee)) return;
      const key = positional(node, callee === 'hmac.new' ? 0 : 1, context);
      const held = key && context.resolve(key);
      return held?.type === 'string' && unquoted(context.text(held)).length >= 3 && held;
    }
    const name = childOf(
      node,
      node.type === 'assignment' ? 'left' : node.type === 'pair' ? 'key' : 'name',
    );
    const value = childOf(node, node.type === 'assignment' ? 'right' : 'value');
    if (
      !name ||
      value?.type !== 'string' ||
      !SECRET_NAME.test(unquoted(context.text(name)).replace(/^.*[.[]['"]?|['"]?\]$/g, ''))
    )
      return;
    return (
      context.value(value).control === CLEAN &&
      looksLikeSecret(unquoted(context.text(value))) &&
      value
    );
  },
};

const timingUnsafe: Rule = {
  id: 'python/timing-unsafe-comparison',
  cwe: ['CWE-208'],
  severity: 'medium',
  confidence: 0.75,
  message:
    'a secret is compared with ==, which takes longer the more of it is right; use hmac.compare_digest',
  on: ['comparison_operator'],
  check(node, context) {
    const [left, right] = namedChildren(node);
    if (!left || !right || !/^[!=]=$/.test(context.text(childOf(node, 'operators')!))) return;
    const name = (side: SyntaxNode): string =>
      side.type === 'identifier'
        ? context.text(side)
        : side.type === 'attribute'
          ? context.text(childOf(side, 'attribute')!)
          : side.type === 'call' && /digest\(|hmac/.test(context.text(side))
            ? 'digest'
            : '';
    const names = [name(left), name(right)];
    if (names.includes('')) return;
    const computed = [left, right].some((side) =>
      /hexdigest\(|\.digest\(|hmac\.new/.test(context.text(context.resolve(side))),
    );
    return (
      (computed
        ? names.some((one) => COMPARED_SECRET_NAME.test(one))
        : names.every((one) => COMPARED_SECRET_NAME.test(one))) &&
      !/confirm|repeat|again|old|new/i.test(names.join(' ')) &&
      node
    );
  },
};

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

const tokenUnverified: Rule = {
  id: 'python/token-not-verified',
  cwe: ['CWE-347'],
  severity: 'high',
  confidence: 0.9,
  message: 'a signed token is read without verifying its signature',
  on: ['call'],
  check(node, context) {
    if (!/^(jwt|jose\.jwt)\.(decode|get_unverified_claims)$/.test(context.callee(node))) return;
    if (/get_unverified/.test(context.callee(node))) return node;
    const off =
      /verify_signature['"]\s*:\s*False/.test(context.text(node)) ||
      context.text(keyword(node, 'verify', context) ?? node) === 'False' ||
      /algorithms\s*=\s*\[[^\]]*['"]none['"]/i.test(context.text(node));
    return off && node;
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
  weakHash,
  fastPasswordHash,
  weakCipher,
  weakRandom,
  hardcodedSecret,
  timingUnsafe,
  tlsOff,
  xmlEntities,
  temporaryFile,
  permissions,
  readableSecret,
  formatString,
  tokenUnverified,
  cookieFlags,
  debugMode,
  massAssignment,
  errorDetails,
];
