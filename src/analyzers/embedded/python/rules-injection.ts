/** @file Python: values reaching an interpreter: shell, SQL, code, templates, patterns, queries, logs. */
import {
  keyword,
  positional,
  controlOf,
  confidenceOf,
  isOutermost,
  COMPOSITIONS,
  isComposition,
  insideMessage,
} from './arguments.ts';
import { isList } from './evaluate.ts';
import type { Hit, Rule, RuleContext } from '../rule.ts';
import { childOf, namedChildren, type SyntaxNode } from '../syntax-node.ts';
import { backtracksBadly, looksLikeHtml, looksLikeSql } from '../text-shapes.ts';
import {
  CLEAN,
  CODE,
  INPUT,
  isUnsafeFor,
  LOG,
  PARAMETER,
  QUERY,
  REGEX,
  SHELL,
  SQL,
  UNKNOWN,
} from '../value.ts';

const SHELL_CALL =
  /^(os\.(system|popen|popen[234])|commands\.(getoutput|getstatusoutput)|subprocess\.(getoutput|getstatusoutput)|popen2\.popen\d|asyncio\.create_subprocess_shell|pexpect\.(run|spawn)|(\w+\.)*exec_command|platform\.popen)$/;
/** Home-made runners of command lines: `self._run_ssh(cmd)`, `utils.execute_cmd(...)`. */
const RUNNER =
  /(^|\.)_*(\w+_)*(ssh|shell|cmd|command|cli|cliq|run_cmd|runcmd|system|eql|bash|exec|svcinfo|3par)_*(run|exec|execute|cmd|command)?\w*$|(^|\.)_*(run|execute|exec|async_run|call)_*(\w+_)*(ssh|shell|cmd|command|cli|process)?$/i;
const commandInjection: Rule = {
  id: 'python/command-injection',
  cwe: ['CWE-78'],
  severity: 'high',
  confidence: 0.85,
  message:
    'a shell command is built from a value that is not constant; pass the arguments as a list without a shell',
  on: ['call'],
  check(node, context) {
    const callee = context.callee(node);
    const first =
      positional(node, 0, context) ??
      keyword(node, 'args', context) ??
      keyword(node, 'cmd', context);
    if (!first) return;
    const value = context.value(first);
    const atLeast = value.composed ? UNKNOWN : PARAMETER;
    if (SHELL_CALL.test(callee))
      return isUnsafeFor(value, SHELL, atLeast) && { node: first, confidence: confidenceOf(value) };
    if (/^subprocess\.\w+$/.test(callee)) {
      const shell = keyword(node, 'shell', context);
      const list = context.resolve(first);
      if (shell && context.text(shell) !== 'False')
        return (
          isUnsafeFor(value, SHELL, value.composed ? UNKNOWN : PARAMETER) && {
            node: first,
            confidence: confidenceOf(value),
          }
        );
      if (list.type !== 'list')
        return (
          value.composed &&
          /\s/.test(value.text.trim()) &&
          isUnsafeFor(value, SHELL) && { node: first, confidence: 0.5 }
        );
      const items = namedChildren(list);
      const flag = items.findIndex((item) => /^['"](-\w*c|\/c)['"]$/i.test(context.text(item)));
      if (
        flag < 1 ||
        !/^['"](\/bin\/|\/usr\/bin\/)?(ba|da|z|k)?sh['"]$|cmd/.test(context.text(items[0]!))
      )
        return;
      const script = items[flag + 1];
      return script !== undefined && isUnsafeFor(context.value(script), SHELL) && { node: script };
    }
    // The cheap questions first: the pattern is a slow one, and most calls pass nothing composed.
    if (!value.composed || !isUnsafeFor(value, SHELL)) return;
    if (
      !RUNNER.test(callee) ||
      isList(first, context) ||
      looksLikeSql(value.text) ||
      looksLikeHtml(value.text)
    )
      return;
    const commandLike = /^[\w./-]+\s+\S|^\s+-|\s-{1,2}\w/.test(value.text);
    return commandLike && { node: first, confidence: 0.55 };
  },
};

const sqlInjection: Rule = {
  id: 'python/sql-injection',
  cwe: ['CWE-89'],
  severity: 'high',
  confidence: 0.9,
  message: 'SQL text is built from values; use placeholders and pass the values separately',
  on: ['call', 'return_statement', 'assignment', 'augmented_assignment'],
  check(node, context): Hit | undefined | false {
    const target =
      node.type === 'call'
        ? sqlArgument(node, context)
        : node.type === 'return_statement'
          ? namedChildren(node)[0]
          : childOf(node, 'right');
    if (
      !target ||
      (node.type !== 'call' &&
        target.type === 'call' &&
        !/\.(format|join)$/.test(context.callee(target)))
    )
      return;
    const value = context.value(target);
    if (!value.composed || !isUnsafeFor(value, SQL) || !looksLikeSql(value.text)) return;
    // Composed but not yet run: certain only when nothing in the function binds it to a call.
    if (node.type === 'assignment' || node.type === 'augmented_assignment') return;
    return { node: target, confidence: node.type === 'call' ? confidenceOf(value) : 0.5 };
  },
};
/** The argument that is SQL text; whatever takes it will run it, unless it only reports it. */
function sqlArgument(node: SyntaxNode, context: RuleContext): SyntaxNode | undefined {
  const callee = context.callee(node);
  if (
    /\.(format|join|strip|replace|append|encode|lower|upper)$|^(str|len|repr|print|format)$/.test(
      callee,
    ) ||
    insideMessage(node.children[0] ?? node, context)
  )
    return undefined;
  return context
    .args(node)
    .map((arg) => (arg.type === 'keyword_argument' ? childOf(arg, 'value')! : arg))
    .find((arg) => {
      const value = context.value(arg);
      return value.composed && isUnsafeFor(value, SQL) && looksLikeSql(value.text);
    });
}

const codeInjection: Rule = {
  id: 'python/code-injection',
  cwe: ['CWE-95', 'CWE-94'],
  severity: 'high',
  confidence: 0.9,
  message:
    'text is run as code; parse it as data (json, ast.literal_eval) or choose from a fixed table',
  on: ['call'],
  check(node, context) {
    if (
      !/^(eval|exec|execfile|builtins\.(eval|exec)|__builtins__\.(eval|exec)|code\.(interact|InteractiveInterpreter)|timeit\.timeit)$/.test(
        context.callee(node),
      )
    )
      return;
    const first = positional(node, 0, context);
    const value = controlOf(first, context);
    return (
      first !== undefined &&
      isUnsafeFor(value, CODE) && { node: first, confidence: confidenceOf(value) }
    );
  },
};

const unsafeReflection: Rule = {
  id: 'python/unsafe-reflection',
  cwe: ['CWE-470'],
  severity: 'medium',
  confidence: 0.6,
  message:
    'a module or attribute is chosen by name from outside; look the name up in a fixed table first',
  on: ['call'],
  check(node, context) {
    const fn = childOf(node, 'function')!;
    if (fn.type === 'call' && context.callee(fn) === 'getattr') {
      const name = positional(fn, 1, context);
      return name !== undefined && isUnsafeFor(context.value(name), CODE, INPUT) && node;
    }
    if (!/^(importlib\.import_module|__import__|globals\(\))$/.test(context.callee(node))) return;
    const first = positional(node, 0, context);
    return first !== undefined && isUnsafeFor(context.value(first), CODE, PARAMETER) && first;
  },
};

const templateInjection: Rule = {
  id: 'python/template-injection',
  cwe: ['CWE-1336', 'CWE-94'],
  severity: 'high',
  confidence: 0.8,
  message:
    'a template is compiled from text the caller controls; pass the text as data to a fixed template',
  on: ['call'],
  check(node, context) {
    if (!/(^|\.)(render_template_string|Template|from_string)$/.test(context.callee(node))) return;
    if (/^string\.Template$/.test(context.callee(node))) return;
    const first = positional(node, 0, context);
    const value = controlOf(first, context);
    return (
      first !== undefined && isUnsafeFor(value, CODE, value.composed ? PARAMETER : INPUT) && first
    );
  },
};

const unsafeDeserialization: Rule = {
  id: 'python/unsafe-deserialization',
  cwe: ['CWE-502'],
  severity: 'high',
  confidence: 0.85,
  message: 'a format that can carry code is read; use json, or yaml.safe_load',
  on: ['call'],
  check(node, context) {
    const callee = context.callee(node);
    const first = positional(node, 0, context);
    if (!first) return;
    if (/^(ruamel\.)?yaml\.(load|load_all|unsafe_load|full_load)$/.test(callee)) {
      const loader = keyword(node, 'Loader', context) ?? positional(node, 1, context);
      const safe = loader && /(Safe|Base)Loader/.test(context.text(loader));
      return !safe && controlOf(first, context).control !== CLEAN && node;
    }
    return (
      /^(pickle|dill|cloudpickle|marshal|jsonpickle|shelve|joblib|pandas|pd)\.(loads?|Unpickler|decode|open|read_pickle)$/.test(
        callee,
      ) &&
      controlOf(first, context).control !== CLEAN &&
      node
    );
  },
};

const logInjection: Rule = {
  id: 'python/log-injection',
  cwe: ['CWE-117'],
  severity: 'low',
  confidence: 0.6,
  message: 'a log line takes a value that may contain line breaks, so entries can be forged',
  on: ['call'],
  check(node, context) {
    const callee = context.callee(node);
    if (
      /(^|\.)(logging|logger|log|LOG|_logger|app\.logger)\.(debug|info|warning|warn|error|critical|exception)$/.test(
        callee,
      )
    ) {
      const bad = context.args(node).find((arg) => isUnsafeFor(context.value(arg), LOG, INPUT));
      return bad && { node: bad };
    }
    // The end first: the whole pattern tries every place to begin.
    if (!/^(write|append)$/i.test(callee.slice(callee.lastIndexOf('.') + 1))) return;
    if (!/(^|\.)\w*(log|audit)\w*\.(write|append)$/i.test(callee)) return;
    const first = positional(node, 0, context);
    const value = controlOf(first, context);
    return (
      first !== undefined &&
      value.composed &&
      isUnsafeFor(value, LOG, PARAMETER) && { node: first, confidence: 0.7 }
    );
  },
};

const directoryQuery: Rule = {
  id: 'python/directory-query-injection',
  cwe: ['CWE-90', 'CWE-643'],
  severity: 'high',
  confidence: 0.8,
  message: 'an LDAP filter or XPath expression is built from values; escape them for that language',
  on: COMPOSITIONS,
  check(node, context) {
    if (!isComposition(node, context) || !isOutermost(node)) return;
    const value = context.value(node);
    if (!value.composed || !isUnsafeFor(value, QUERY, PARAMETER)) return;
    if (/\([&|!]?\(?[a-zA-Z]+=/.test(value.text) && /^\s*\(/.test(value.text))
      return { node, cwe: ['CWE-90'] };
    if (/^\s*\.?\/\/?[\w*]+(\/[\w*]+)*\[@?[\w/()]+\s*=\s*['"]/.test(value.text))
      return { node, cwe: ['CWE-643'] };
    return;
  },
};

const regexRules: Rule = {
  id: 'python/slow-regular-expression',
  cwe: ['CWE-1333'],
  severity: 'medium',
  confidence: 0.75,
  message:
    'this pattern can take exponential time on some texts, or is built from a value without escaping',
  on: ['call'],
  check(node, context) {
    if (
      !/^re\.(compile|match|search|fullmatch|findall|finditer|sub|split)$/.test(
        context.callee(node),
      )
    )
      return;
    const first = positional(node, 0, context);
    if (!first) return;
    const value = context.value(first);
    if (value.control === CLEAN) return backtracksBadly(value.text) && first;
    return isUnsafeFor(value, REGEX, PARAMETER) && { node: first, confidence: 0.7 };
  },
};

export const INJECTION_RULES: readonly Rule[] = [
  commandInjection,
  sqlInjection,
  codeInjection,
  unsafeReflection,
  templateInjection,
  unsafeDeserialization,
  logInjection,
  directoryQuery,
  regexRules,
];
