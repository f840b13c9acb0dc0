/** @file C: commands, files, queries, randomness, secrets, and settings of the system. */
import type { Hit } from '../rule.ts';
import { ancestorOf, childOf, namedChildren, someNode, type SyntaxNode } from '../syntax-node.ts';
import { isUnguessableName, looksLikeSecret, looksLikeSql, SECRET_NAME } from '../text-shapes.ts';
import {
  type FunctionFacts,
  isControlled,
  isUntrustedCall,
  lastAssignment,
  namesIn,
} from './facts.ts';
import type { FunctionRule } from './rule.ts';

const isString = (node: SyntaxNode | undefined): boolean =>
  node !== undefined && /^(string_literal|concatenated_string|raw_string_literal)$/.test(node.type);
const BUILDERS =
  /^(sprintf|snprintf|vsnprintf|strcat|strncat|asprintf|strcpy|g_strdup_printf|strlcat|strlcpy|concat_path_file)$/;

/** The calls that put a text together in a buffer before a place, with something that is not constant. */
function builtBy(
  facts: FunctionFacts,
  buffer: SyntaxNode,
): { texts: string; parts: SyntaxNode[] } | undefined {
  const name = facts
    .text(buffer)
    .replace(/^&/, '')
    .replace(/\[0\]$/, '');
  const parts: SyntaxNode[] = [];
  let texts = '';
  for (const call of facts.calls) {
    if (
      call.node.start >= buffer.start ||
      !BUILDERS.test(call.name) ||
      facts.text(call.args[0]).replace(/^&/, '') !== name
    )
      continue;
    const rest = call.args.slice(1);
    const format = rest.find(isString);
    texts += rest
      .filter(isString)
      .map((arg) => facts.text(arg))
      .join(' ');
    if (format && /printf/.test(call.name) && !/%[-+ .\d*l]*s/.test(facts.text(format))) continue;
    parts.push(
      ...rest.filter(
        (arg) =>
          !isString(arg) &&
          arg.type !== 'number_literal' &&
          arg.type !== 'sizeof_expression' &&
          !/sizeof|^[A-Z_0-9]+$/.test(facts.text(arg)),
      ),
    );
  }
  const given = lastAssignment(facts, name, buffer.start);
  if (
    given?.value.type === 'call_expression' &&
    BUILDERS.test(facts.text(childOf(given.value, 'function')))
  ) {
    const args = namedChildren(childOf(given.value, 'arguments') ?? given.value);
    texts += args
      .filter(isString)
      .map((arg) => facts.text(arg))
      .join(' ');
    parts.push(...args.filter((arg) => !isString(arg)));
  }
  return parts.length > 0 ? { texts, parts } : undefined;
}

/** `std::string("a") + b` */
const concatenated = (node: SyntaxNode, facts: FunctionFacts): boolean =>
  node.type === 'binary_expression' &&
  facts.text(childOf(node, 'operator')) === '+' &&
  someNode(node, isString);
const innerText = (node: SyntaxNode, facts: FunctionFacts): SyntaxNode =>
  node.type === 'call_expression' &&
  /\.c_str$|->c_str$|\.data$/.test(facts.text(childOf(node, 'function')))
    ? (childOf(childOf(node, 'function')!, 'argument') ?? node)
    : node;

const commandInjection: FunctionRule = {
  id: 'c/command-injection',
  cwe: ['CWE-78'],
  severity: 'high',
  confidence: 0.8,
  message:
    'a shell command is built from a value; run the program with execv and a list of arguments',
  find(facts) {
    const hits: Hit[] = [];
    for (const call of facts.calls) {
      const shell =
        /^execlp?$/.test(call.name) &&
        /"(\/bin\/)?(ba)?sh"/.test(call.args.map((arg) => facts.text(arg)).join(' '));
      const command = /^(system|popen|_popen|wsystem|std::system)$/.test(call.name)
        ? call.args[0]
        : shell
          ? call.args.find(
              (arg, index) => index > 1 && !isString(arg) && !/NULL|0|\(char/.test(facts.text(arg)),
            )
          : undefined;
      if (!command || isString(command)) continue;
      const inner = innerText(command, facts);
      const built = builtBy(facts, inner);
      if (built && quoted(built.parts, facts)) continue;
      const assigned = lastAssignment(facts, facts.text(inner), call.node.start);
      if (
        built ||
        concatenated(inner, facts) ||
        (assigned && concatenated(assigned.value, facts)) ||
        isControlled(inner, facts, call.node.start)
      ) {
        const names = (built?.parts ?? [inner]).flatMap((part) => [...namesIn(part, facts.text)]);
        if (!validatedBefore(facts, names, call.node.start)) hits.push({ node: call.node });
      }
    }
    return hits;
  },
};
const quoted = (parts: readonly SyntaxNode[], facts: FunctionFacts): boolean =>
  parts.every(
    (part) =>
      parts.length > 0 &&
      /quote|escape/i.test(
        facts.text(part) + facts.text(lastAssignment(facts, facts.text(part), part.start)?.value),
      ),
  );
const VALIDATION =
  /valid|safe|check|allow|strchr|strpbrk|strspn|strcspn|isalnum|isdigit|isalpha|strcmp|regexec|match|sanit|correct|legal|reject/i;
/** A condition or a call of a validating function mentions one of the names. */
const validatedBefore = (
  facts: FunctionFacts,
  names: readonly string[],
  position: number,
): boolean =>
  facts.conditions.some(
    (condition) =>
      condition.node.start < position &&
      names.some((name) => condition.names.has(name)) &&
      VALIDATION.test(condition.text),
  ) ||
  facts.calls.some(
    (call) =>
      call.node.start < position &&
      VALIDATION.test(call.name) &&
      !/^strcmp$/.test(call.name) &&
      call.args.some((arg) => names.some((name) => namesIn(arg, facts.text).has(name))),
  );

const pathTraversal: FunctionRule = {
  id: 'c/path-traversal',
  cwe: ['CWE-22'],
  severity: 'high',
  confidence: 0.65,
  message: 'a file path is built from a value without checking that it stays inside its folder',
  find(facts) {
    const hits: Hit[] = [];
    for (const call of facts.calls) {
      if (
        !/^(fopen|open|openat|creat|unlink|unlinkat|remove|rename|opendir|mkdir|rmdir|stat|lstat|fopen64|freopen|chmod|chown|symlink|access|(save|load|read|write|append)_\w*file|file_(read|write|exists?)|exist_file\w*|ifstream|std::ifstream|std::ofstream|std::fstream)$/.test(
          call.name,
        )
      )
        continue;
      const path = call.args[/^(open|unlink)at$/.test(call.name) ? 1 : 0];
      if (!path || isString(path)) continue;
      const inner = innerText(path, facts);
      const built = builtBy(facts, inner);
      const assigned = lastAssignment(facts, facts.text(inner), call.node.start);
      const sum = concatenated(inner, facts)
        ? inner
        : assigned && concatenated(assigned.value, facts)
          ? assigned.value
          : undefined;
      const parts =
        built && (/\//.test(built.texts) || /concat_path/.test(facts.text(assigned?.value)))
          ? built.parts
          : sum
            ? [sum]
            : [];
      const outside = parts.filter(
        (part) =>
          isControlled(part, facts, call.node.start) &&
          !/dir(name)?$|root|base|home|prefix/i.test(facts.text(part)),
      );
      if (outside.length === 0) continue;
      const names = outside
        .flatMap((part) => [...namesIn(part, facts.text)])
        .concat(facts.text(inner));
      const contained =
        /"\.\."|realpath|basename|strrchr|canonical/.test(facts.text(facts.node)) ||
        validatedBefore(facts, names, call.node.start);
      if (!contained) hits.push({ node: call.node });
    }
    return hits;
  },
};

const sqlInjection: FunctionRule = {
  id: 'c/sql-injection',
  cwe: ['CWE-89'],
  severity: 'high',
  confidence: 0.85,
  message: 'SQL text is built from values; prepare a statement and bind them',
  find(facts) {
    return facts.calls.flatMap((call) => {
      const query =
        /^(sqlite3_exec|sqlite3_get_table|mysql_query|mysql_real_query|PQexec|sqlite3_prepare(_v2)?)$/.test(
          call.name,
        )
          ? call.args[1]
          : undefined;
      if (!query || isString(query)) return [];
      const inner = innerText(query, facts);
      const built = builtBy(facts, inner);
      const assigned = lastAssignment(facts, facts.text(inner), call.node.start);
      const sum = concatenated(inner, facts)
        ? inner
        : assigned && concatenated(assigned.value, facts)
          ? assigned.value
          : undefined;
      return (built && looksLikeSql(built.texts) && !quoted(built.parts, facts)) ||
        (sum && looksLikeSql(facts.text(sum)))
        ? [call.node]
        : [];
    });
  },
};

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
          ) && call.node.parent?.type === 'expression_statement',
      )
      .map((call) => call.node),
};

/** In an `if` or `?:`; being the bound of a loop says nothing about zero. */
const comparedBefore = (
  facts: FunctionFacts,
  names: ReadonlySet<string>,
  position: number,
): boolean =>
  facts.conditions.some(
    ({ node, names: mentioned }) =>
      node.start < position &&
      !/^(for|do)_statement$/.test(node.parent?.type ?? '') &&
      [...names].some((name) => mentioned.has(name)),
  );

const divideByZero: FunctionRule = {
  id: 'c/divide-by-zero',
  cwe: ['CWE-369'],
  severity: 'medium',
  confidence: 0.7,
  message: 'the divisor comes from outside and may be zero',
  find(facts) {
    const hits: Hit[] = [];
    const look = (node: SyntaxNode): void => {
      if (
        node.type === 'binary_expression' &&
        /^[/%]$/.test(facts.text(childOf(node, 'operator')))
      ) {
        const right = childOf(node, 'right');
        const given =
          right?.type === 'identifier'
            ? lastAssignment(facts, facts.text(right), node.start)
            : undefined;
        const read =
          given !== undefined &&
          someNode(
            given.value,
            (at) =>
              at.type === 'call_expression' && isUntrustedCall(facts.text(childOf(at, 'function'))),
          );
        const passed =
          right?.type === 'identifier' &&
          given === undefined &&
          facts.variables.get(facts.text(right))?.parameter === true &&
          /^(const )?(unsigned |signed )?(int|long|short|size_t|unsigned|u?int\d+_t)$/.test(
            facts.variables.get(facts.text(right))?.type ?? '',
          );
        const scanned =
          right?.type === 'identifier' &&
          facts.calls.some(
            (call) =>
              /scanf$/.test(call.name) &&
              call.args.some((arg) => facts.text(arg) === `&${facts.text(right)}`),
          );
        if (
          right &&
          (read || scanned || passed) &&
          !comparedBefore(facts, namesIn(right, facts.text), node.end)
        )
          // Callers often see to it that what they pass is not zero.
          hits.push({ node, precision: passed ? 'low' : 'medium' });
      }
      for (const child of node.children) look(child);
    };
    look(facts.node);
    return hits;
  },
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
    facts.calls
      .filter((call) =>
        /^(MD[245](_Init|_Update|_Final)?|SHA1(_Init)?|EVP_(md[245]|sha1|des_\w+|rc4|rc2_\w+|bf_\w+|aes_\d+_ecb)|DES_\w*crypt\w*|RC4(_set_key)?|crypt|gcry_md_hash_buffer_md5)$/.test(
          call.name,
        ),
      )
      .map((call) => call.node),
};

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

export const SYSTEM_RULES: readonly FunctionRule[] = [
  commandInjection,
  pathTraversal,
  sqlInjection,
  timeOfCheck,
  uncheckedReturn,
  divideByZero,
  hardcodedSecret,
  weakCrypto,
  weakRandom,
  temporaryFile,
  permissions,
  tlsOff,
];
