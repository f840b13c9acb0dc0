/** @file C: secrets, randomness, rights, and settings of the system. */
import { ancestorOf, childOf, type SyntaxNode } from '../syntax-node.ts';
import { isUnguessableName, looksLikeSecret, SECRET_NAME } from '../text-shapes.ts';
import type { FunctionRule } from './rule.ts';
import { isString } from './shapes.ts';

const timeOfCheck: FunctionRule = {
  id: 'c/check-then-use-race',
  cwe: ['CWE-367'],
  severity: 'low',
  confidence: 0.7,
  precision: 'low',
  message:
    'the file may be another one by the time it is opened; open first and check the open file',
  find(facts) {
    return facts.calls
      .filter((check) => {
        const path = facts.text(check.args[0]);
        return (
          /^(access|stat|lstat|euidaccess)$/.test(check.name) &&
          path !== '' &&
          facts.calls.some(
            (use) =>
              use.node.start > check.node.end &&
              /^(fopen|open|unlink|remove|chmod|chown|rename|opendir|execv|mkdir)$/.test(
                use.name,
              ) &&
              facts.text(use.args[0]) === path,
          ) &&
          !facts.calls.some((call) => call.name === 'fstat')
        );
      })
      .map((call) => call.node);
  },
};
const uncheckedReturn: FunctionRule = {
  id: 'c/unchecked-return-value',
  cwe: ['CWE-252'],
  severity: 'medium',
  confidence: 0.8,
  message: 'the program goes on with its old rights or folder when this call fails',
  find: (facts) =>
    facts.calls
      .filter(
        (call) =>
          /^(setuid|setgid|seteuid|setegid|setreuid|setregid|setresuid|setresgid|setgroups|initgroups|chroot|chdir|pthread_mutex_init|RAND_bytes)$/.test(
            call.name,
          ) &&
          call.node.parent?.type === 'expression_statement' &&
          // Who fails to become root goes on with less, not more.
          !/^(0|0, *0)$/.test(call.args.map((arg) => facts.text(arg)).join()),
      )
      .map((call) => call.node),
};
const hardcodedSecret: FunctionRule = {
  id: 'c/hard-coded-secret',
  cwe: ['CWE-798', 'CWE-259'],
  severity: 'high',
  confidence: 0.75,
  message: 'a secret is written into the source; read it from a protected place',
  find(facts) {
    const literalOf = (node: SyntaxNode | undefined): string =>
      facts.text(node).replace(/^"|"$/g, '');
    const given = facts.assignments
      .filter(
        (one) =>
          one.value.type === 'string_literal' &&
          SECRET_NAME.test(one.target.replace(/^.*(->|\.)/, '')) &&
          looksLikeSecret(literalOf(one.value)),
      )
      .map((one) => one.value);
    const compared = facts.calls.flatMap((call) => {
      if (!/^(strcmp|strncmp|strcasecmp|memcmp)$/.test(call.name)) return [];
      const [a, b] = call.args;
      const secret =
        a?.type === 'string_literal' ? a : b?.type === 'string_literal' ? b : undefined;
      const other = secret === a ? b : a;
      return secret &&
        /pass(w(or)?d)?$|pwd$|secret$|pin$|api_?key$/i.test(facts.text(other)) &&
        looksLikeSecret(literalOf(secret))
        ? [secret]
        : [];
    });
    return [...given, ...compared];
  },
};
const weakCrypto: FunctionRule = {
  id: 'c/weak-cryptography',
  cwe: ['CWE-327', 'CWE-328'],
  severity: 'medium',
  confidence: 0.85,
  message: 'a broken hash or cipher; use SHA-256 or AES-GCM',
  find: (facts) =>
    // Where stronger ones stand beside it, the other side or a format chooses.
    facts.calls.some((call) => STRONG_HASH.test(call.name))
      ? []
      : facts.calls
          .filter(
            (call) =>
              // crypt(password, stored) asks whether a password is the one that was stored.
              !(call.name === 'crypt' && !isString(call.args[1])) &&
              /^(MD[245](_Init|_Update|_Final)?|SHA1(_Init)?|EVP_(md[245]|sha1|des_\w+|rc4|rc2_\w+|bf_\w+|aes_\d+_ecb)|DES_\w*crypt\w*|RC4(_set_key)?|crypt|gcry_md_hash_buffer_md5)$/.test(
                call.name,
              ),
          )
          .map((call) => call.node),
};
const STRONG_HASH = /^(EVP_)?sha(224|256|384|512)(_Init)?$/i;
const weakRandom: FunctionRule = {
  id: 'c/weak-random',
  cwe: ['CWE-338', 'CWE-330'],
  severity: 'medium',
  confidence: 0.8,
  message: 'rand can be predicted; use getrandom or RAND_bytes for values that must not be guessed',
  find(facts) {
    return facts.calls
      .filter((call) => {
        if (!/^(rand|random|rand_r|drand48|lrand48|mrand48|std::rand)$/.test(call.name))
          return false;
        const given = ancestorOf(
          call.node,
          (at) => at.type === 'assignment_expression' || at.type === 'init_declarator',
        );
        const target = given
          ? facts.text(childOf(given, 'left') ?? childOf(given, 'declarator'))
          : '';
        return [facts.name, target].some(
          (name) => isUnguessableName(name.replace(/\W.*$/, '')) || /key$|_iv$/i.test(name),
        );
      })
      .map((call) => call.node);
  },
};
const temporaryFile: FunctionRule = {
  id: 'c/predictable-temporary-file',
  cwe: ['CWE-377'],
  severity: 'medium',
  confidence: 0.9,
  message: 'the name of the temporary file can be guessed before it is made; use mkstemp',
  find: (facts) =>
    facts.calls
      .filter((call) => /^(mktemp|tmpnam|tempnam|tmpnam_r)$/.test(call.name))
      .map((call) => call.node),
};
const permissions: FunctionRule = {
  id: 'c/loose-permissions',
  cwe: ['CWE-732'],
  severity: 'medium',
  confidence: 0.85,
  message: 'a file is made writable for everybody',
  find(facts) {
    return facts.calls
      .filter((call) => {
        const mode = /^(chmod|fchmod|mkdir|creat|mkfifo)$/.test(call.name)
          ? call.args[1]
          : /^open$/.test(call.name)
            ? call.args[2]
            : undefined;
        if (call.name === 'umask') return /^0+$/.test(facts.text(call.args[0]));
        return (
          mode !== undefined &&
          (/^0[0-7]?[0-7][0-7][2367]$/.test(facts.text(mode)) ||
            /S_IWOTH|S_IRWXO/.test(facts.text(mode)))
        );
      })
      .map((call) => call.node);
  },
};
const tlsOff: FunctionRule = {
  id: 'c/tls-verification-off',
  cwe: ['CWE-295'],
  severity: 'high',
  confidence: 0.9,
  message: 'certificates are not verified, so anybody on the way can pose as the server',
  find: (facts) =>
    facts.calls
      .filter(
        (call) =>
          (/^SSL_(CTX_)?set_verify$/.test(call.name) &&
            /SSL_VERIFY_NONE/.test(facts.text(call.args[1]))) ||
          (call.name === 'curl_easy_setopt' &&
            /SSL_VERIFY(PEER|HOST)/.test(facts.text(call.args[1])) &&
            /^0L?$|false/.test(facts.text(call.args[2]))),
      )
      .map((call) => call.node),
};
export const SETTING_RULES: readonly FunctionRule[] = [
  timeOfCheck,
  uncheckedReturn,
  hardcodedSecret,
  weakCrypto,
  weakRandom,
  temporaryFile,
  permissions,
  tlsOff,
];
