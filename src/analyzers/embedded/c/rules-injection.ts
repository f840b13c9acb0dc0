/** @file C: commands, paths, queries and formats put together from values. */
import type { Hit } from '../rule.ts';
import { childOf, namedChildren, someNode, type SyntaxNode } from '../syntax-node.ts';
import { looksLikeSql } from '../text-shapes.ts';
import { isControlled } from './control.ts';
import { type FunctionFacts, lastAssignment, namesIn } from './facts.ts';
import type { FunctionRule } from './rule.ts';
import { isString } from './shapes.ts';

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
    const format = args.find(isString);
    texts += args
      .filter(isString)
      .map((arg) => facts.text(arg))
      .join(' ');
    // Numbers and constant texts only.
    if (!format || /%[-+ .\d*l]*s/.test(facts.text(format)))
      parts.push(...args.filter((arg) => !isString(arg)));
  }
  return parts.length > 0 ? { texts, parts } : undefined;
}
/** `std::string("a") + b` */
const concatenated = (node: SyntaxNode, facts: FunctionFacts): boolean =>
  node.type === 'binary_expression' &&
  facts.text(childOf(node, 'operator')) === '+' &&
  someNode(node, isString);

/** The sum of texts that a value is, or was last set to. */
const joinedText = (
  node: SyntaxNode,
  assigned: SyntaxNode | undefined,
  facts: FunctionFacts,
): SyntaxNode | undefined =>
  [node, assigned].find((candidate) => candidate !== undefined && concatenated(candidate, facts));

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
  /valid|safe|check|allow|strchr|strpbrk|strspn|strcspn|isalnum|isdigit|isalpha|strcmp|regexec|match|sanit|correct|legal|reject|good/i;
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
      VALIDATION.test(condition.text) &&
      // Special treatment of one name leaves all others as they were.
      (condition.leaves ||
        !/^\(?!?strn?c(ase)?mp\([^()]*\)(==0)?\)?$/.test(condition.text.replace(/\s+/g, ''))),
  ) ||
  facts.calls.some(
    (call) =>
      call.node.start < position &&
      VALIDATION.test(call.name) &&
      !/^strcmp$/.test(call.name) &&
      call.args.some((arg) => names.some((name) => namesIn(arg, facts.text).has(name))),
  );
/** Functions that hand out a part of a request. */
const REQUESTED =
  /request_?(param|query|get_|var)|query_(string|param)|get_?(query|param)|cgi_?(param|get|var)|param_get/i;
const calledIn = (value: SyntaxNode, facts: FunctionFacts): string =>
  value.type === 'call_expression' ? facts.text(childOf(value, 'function')) : '';
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
      const asked = lastAssignment(facts, facts.text(inner), call.node.start);
      if (
        asked &&
        REQUESTED.test(calledIn(asked.value, facts)) &&
        !validatedBefore(facts, [facts.text(inner)], call.node.start)
      ) {
        hits.push({ node: call.node });
        continue;
      }
      const built = builtBy(facts, inner);
      const assigned = lastAssignment(facts, facts.text(inner), call.node.start);
      const sum = joinedText(inner, assigned?.value, facts);
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
      const sum = joinedText(inner, assigned?.value, facts);
      return (built && looksLikeSql(built.texts) && !quoted(built.parts, facts)) ||
        (sum && looksLikeSql(facts.text(sum)))
        ? [call.node]
        : [];
    });
  },
};
const FORMAT_AT: Readonly<Record<string, number>> = {
  printf: 0,
  vprintf: 0,
  fprintf: 1,
  vfprintf: 1,
  sprintf: 1,
  vsprintf: 1,
  snprintf: 2,
  vsnprintf: 2,
  syslog: 1,
  dprintf: 1,
  err: 1,
  errx: 1,
  warn: 0,
  warnx: 0,
  g_print: 0,
  wprintf: 0,
  asprintf: 1,
  printk: 0,
};
const formatString: FunctionRule = {
  id: 'c/format-string',
  cwe: ['CWE-134'],
  severity: 'high',
  confidence: 0.85,
  message: 'the format comes from outside; print the text with "%s"',
  find(facts) {
    return facts.calls.flatMap((call) => {
      const at = FORMAT_AT[call.name];
      const format = at === undefined ? undefined : call.args[at];
      if (!format || at === undefined || isString(format) || call.args.length > at + 1) return [];
      if (
        !/^(identifier|field_expression|subscript_expression|call_expression|pointer_expression|cast_expression)$/.test(
          format.type,
        )
      )
        return [];
      if (
        /^[A-Z_][A-Z0-9_]*$/.test(facts.text(format)) ||
        /^(_|gettext|ngettext)\s*\(\s*"/.test(facts.text(format)) ||
        /^v/.test(call.name)
      )
        return [];
      const given =
        format.type === 'identifier'
          ? lastAssignment(facts, facts.text(format), format.start)
          : undefined;
      return given && isString(given.value) ? [] : [format];
    });
  },
};
export const INJECTION_RULES: readonly FunctionRule[] = [
  commandInjection,
  pathTraversal,
  sqlInjection,
  formatString,
];
