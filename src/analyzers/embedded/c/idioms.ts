/** @file Secure idioms of C: bounded copies, checks that leave, sizes that cannot wrap, pointers cleared after free. */
import type { Hit } from '../rule.ts';
import type { SyntaxNode } from '../syntax-node.ts';
import { isConstant, isControlled } from './control.ts';
import { type Condition, type FunctionFacts, lastAssignment, namesIn } from './facts.ts';
import type { FunctionRule } from './rule.ts';

const idiom = (
  name: string,
  cwe: readonly string[],
  message: string,
  find: FunctionRule['find'],
): FunctionRule => ({ id: `c/${name}`, cwe, severity: 'low', confidence: 1, message, find });
const calls = (
  name: string,
  cwe: readonly string[],
  message: string,
  pattern: RegExp,
  accept: (args: readonly SyntaxNode[], facts: FunctionFacts) => boolean = () => true,
): FunctionRule =>
  idiom(name, cwe, message, (facts) =>
    facts.calls
      .filter((call) => pattern.test(call.name) && accept(call.args, facts))
      .map((call) => call.node),
  );
/** Conditions that leave the function or loop and mention a variable that something is later done with. */
const leaving = (facts: FunctionFacts, wanted: (condition: Condition) => boolean): Hit[] =>
  facts.conditions
    .filter((condition) => condition.leaves && wanted(condition))
    .map((condition) => ({ node: condition.node }));

export const C_IDIOMS: readonly FunctionRule[] = [
  calls(
    'bounded-copy',
    ['CWE-120', 'CWE-787', 'CWE-121'],
    'the copy is told the size of its target',
    /^(snprintf|vsnprintf|strlcpy|strlcat|strncpy_s|memcpy_s|strcpy_s|fgets|g_strlcpy|strscpy)$/,
    (args, facts) => args.some((arg) => !isConstant(arg, facts)),
  ),
  idiom(
    'bounds-check',
    ['CWE-125', 'CWE-787', 'CWE-129', 'CWE-120'],
    'the length or index is compared with the room there is',
    (facts) =>
      leaving(facts, ({ node, text, names }) => {
        if (!/[<>]=?/.test(text.replace(/->|<<|>>/g, '')) || !isControlled(node, facts))
          return false;
        const used = [
          ...facts.subscripts,
          ...facts.calls
            .filter((call) => /^(mem|str|read|recv|fread)/.test(call.name))
            .map((call) => call.node),
        ];
        return used.some(
          (use) =>
            use.start > node.end && [...namesIn(use, facts.text)].some((name) => names.has(name)),
        );
      }),
  ),
  idiom(
    'null-check',
    ['CWE-476', 'CWE-690'],
    'the pointer is compared with NULL before it is used',
    (facts) =>
      leaving(facts, ({ node, text, names }) => {
        if (!/!\s*\w|[!=]=\s*(NULL|nullptr)/.test(text)) return false;
        return facts.dereferences.some(
          (use) => use.node.start > node.end && names.has(use.pointer),
        );
      }),
  ),
  idiom(
    'cleared-after-free',
    ['CWE-416', 'CWE-415'],
    'the pointer is cleared, so it can be neither used nor freed again',
    (facts) =>
      facts.assignments
        .filter(
          (given) =>
            /^(NULL|nullptr|0)$/.test(facts.text(given.value)) &&
            facts.calls.some(
              (call) =>
                /free$/.test(call.name) &&
                call.node.end < given.node.start &&
                given.node.start - call.node.end < 120 &&
                facts.text(call.args[0]).replace(/\s+/g, '') === given.target,
            ),
        )
        .map((given) => given.node),
  ),
  calls(
    'checked-multiplication',
    ['CWE-190', 'CWE-680'],
    'the product cannot wrap around unseen',
    /^(calloc|reallocarray|__builtin_mul_overflow|kcalloc|kmalloc_array|g_malloc_n|g_new|ckd_mul|check_mul_overflow|AcquireQuantumMemory)$/,
  ),
  idiom(
    'overflow-check',
    ['CWE-190', 'CWE-680'],
    'the factors are compared with the largest size first',
    (facts) =>
      leaving(facts, ({ text }) =>
        /(SIZE_MAX|INT_MAX|UINT_MAX|LONG_MAX|SSIZE_MAX|UINT32_MAX|INT32_MAX|~\(size_t\)0)\s*[/-]|[/]\s*sizeof/.test(
          text,
        ),
      ),
  ),
  idiom(
    'fixed-format',
    ['CWE-134'],
    'the format is constant and the text is an argument',
    (facts) =>
      facts.calls
        .filter((call) => /^(printf|fprintf|syslog|snprintf|dprintf)$/.test(call.name))
        .filter((call) => {
          const format = call.args.findIndex((arg) => arg.type === 'string_literal');
          return (
            format >= 0 &&
            /%s/.test(facts.text(call.args[format])) &&
            call.args.slice(format + 1).some((arg) => isControlled(arg, facts))
          );
        })
        .map((call) => call.node),
  ),
  calls(
    'argument-list',
    ['CWE-78'],
    'the program gets its arguments as a list, no shell reads them',
    /^(execv|execve|execvp|posix_spawn|posix_spawnp|fexecve)$/,
  ),
  idiom('path-containment', ['CWE-22'], 'the path is checked to lie inside its folder', (facts) =>
    leaving(facts, ({ text }) =>
      /strstr\s*\([^)]*"\.\.|strchr\s*\([^)]*'\/'|is_?(valid|safe|correct)\w*(file|path|name)|str_is_correct_filename|realpath/.test(
        text,
      ),
    ),
  ),
  calls(
    'resolved-path',
    ['CWE-22'],
    'the path is resolved or cut to its last part',
    /^(realpath|basename|canonicalize_file_name)$/,
  ),
  calls(
    'strong-random',
    ['CWE-338', 'CWE-330'],
    'the value is drawn from a cryptographic generator',
    /^(getrandom|getentropy|RAND_bytes|arc4random\w*|gnutls_rnd|randombytes_buf)$/,
  ),
  calls(
    'strong-hash',
    ['CWE-327', 'CWE-328'],
    'a hash or cipher without known breaks',
    /^(SHA(224|256|384|512)(_Init)?|EVP_(sha(256|384|512)|sha3_\d+|aes_\d+_(gcm|ccm)|chacha20_poly1305))$/,
  ),
  calls(
    'private-temporary-file',
    ['CWE-377'],
    'the temporary file has a name nobody can guess',
    /^(mkstemp|mkostemp|mkdtemp|tmpfile)$/,
  ),
  calls(
    'bound-parameters',
    ['CWE-89'],
    'values are bound to a prepared statement',
    /^(sqlite3_bind_\w+|PQexecParams|PQexecPrepared|mysql_stmt_bind_param)$/,
  ),
  idiom('secret-from-environment', ['CWE-798'], 'the secret comes from the environment', (facts) =>
    facts.calls
      .filter(
        (call) =>
          /^(secure_)?getenv$/.test(call.name) &&
          /key|secret|token|passw/i.test(facts.text(call.args[0])),
      )
      .map((call) => call.node),
  ),
  calls(
    'constant-time-comparison',
    ['CWE-208'],
    'the comparison takes the same time whatever differs',
    /^(CRYPTO_memcmp|timingsafe_bcmp|sodium_memcmp|consttime_memequal)$/,
  ),
  idiom('zero-check', ['CWE-369'], 'the divisor is compared with zero first', (facts) =>
    leaving(
      facts,
      ({ node, text, names }) =>
        /==\s*0|!\s*\w/.test(text) &&
        [...names].some(
          (name) =>
            new RegExp(`[/%]\\s*\\(?${name.replace(/[^\w]/g, '\\$&')}\\b`).test(
              facts.code.slice(node.end, facts.node.end),
            ) && lastAssignment(facts, name, node.end) !== undefined,
        ),
    ),
  ),
  idiom(
    'checked-privilege-drop',
    ['CWE-252'],
    'the program stops when it cannot give up its rights',
    (facts) =>
      facts.calls
        .filter(
          (call) =>
            /^(setuid|setgid|seteuid|setegid|setresuid|setresgid|chroot|chdir)$/.test(call.name) &&
            facts.conditions.some(
              (condition) =>
                condition.node.start <= call.node.start && call.node.end <= condition.node.end,
            ),
        )
        .map((call) => call.node),
  ),
];
