/** @file JavaScript: values reaching an interpreter (shell, SQL, code, templates, directories, XML). */
import type { Hit, Rule, RuleContext } from '../rule.ts';
import { childOf, namedChildren, type SyntaxNode } from '../syntax-node.ts';
import {
  CLEAN,
  CODE,
  CONSTANT,
  INPUT,
  isUnsafeFor,
  OBJECT,
  PARAMETER,
  QUERY,
  SHELL,
  SQL,
  UNKNOWN,
  type Value,
} from '../value.ts';
import { looksLikeSql } from '../text-shapes.ts';

const argument = (context: RuleContext, call: SyntaxNode, index: number): Value => {
  const node = context.args(call)[index];
  return node ? context.value(node) : CONSTANT;
};
const confidenceOf = (value: Value): number =>
  value.control === INPUT ? 0.95 : value.control === PARAMETER ? 0.85 : 0.5;

/** The value of `name: …` in an object literal argument. */
export function optionOf(
  object: SyntaxNode | undefined,
  name: string,
  context: RuleContext,
): SyntaxNode | undefined {
  const literal = object && context.resolve(object);
  if (literal?.type !== 'object') return undefined;
  for (const pair of namedChildren(literal)) {
    const key = pair.type === 'pair' ? childOf(pair, 'key') : undefined;
    if (key && context.text(key).replace(/['"]/g, '') === name) return childOf(pair, 'value');
  }
  return undefined;
}

/** Whether any option object among the arguments sets `name` to something other than false. */
export const hasOption = (call: SyntaxNode, name: string, context: RuleContext): boolean =>
  context.args(call).some((arg) => {
    const option = optionOf(arg, name, context);
    return option !== undefined && context.text(option) !== 'false';
  });

const SHELL_PROGRAM =
  /^['"`](\/bin\/|\/usr\/bin\/)?(ba|z|da|k)?sh['"`]$|^['"`](cmd(\.exe)?|powershell(\.exe)?)['"`]$/;

const commandInjection: Rule = {
  id: 'javascript/command-injection',
  cwe: ['CWE-78'],
  severity: 'high',
  confidence: 0.85,
  message:
    'a shell command is built from a value that is not constant; pass the arguments as a list to execFile',
  on: ['call_expression'],
  check(node, context) {
    const callee = context.callee(node);
    const name =
      /^(?:child_process|shelljs|shell|execa|util)\.(\w+)$/.exec(callee)?.[1] ??
      (/^(execaCommand|execaCommandSync)$/.test(callee) ? callee : undefined);
    if (!name) return;
    const args = context.args(node);
    if (/^(exec|execSync|command|commandSync|execaCommand|execaCommandSync)$/.test(name)) {
      const value = argument(context, node, 0);
      return (
        isUnsafeFor(value, SHELL, value.composed ? UNKNOWN : PARAMETER) && {
          node: args[0]!,
          confidence: confidenceOf(value),
        }
      );
    }
    if (!/^(spawn|spawnSync|execFile|execFileSync)$/.test(name)) return;
    const values = args.slice(0, 2).map((arg) => context.value(arg));
    if (hasOption(node, 'shell', context)) {
      const index = values.findIndex((value) =>
        isUnsafeFor(value, SHELL, value.composed ? UNKNOWN : PARAMETER),
      );
      return index >= 0 && { node: args[index]!, confidence: 0.85 };
    }
    const list = args[1] ? context.resolve(args[1]) : undefined;
    if (!SHELL_PROGRAM.test(args[0] ? context.text(args[0]) : '') || list?.type !== 'array') return;
    // In `sh -c script name arg…` only the script is parsed by the shell.
    const items = namedChildren(list);
    const flag = items.findIndex((item) =>
      /^['"`](-\w*c|\/c|-Command)['"`]$/i.test(context.text(item)),
    );
    const script = flag >= 0 ? items[flag + 1] : undefined;
    return (
      script !== undefined && isUnsafeFor(context.value(script), SHELL, UNKNOWN) && { node: script }
    );
  },
};

const argumentInjection: Rule = {
  id: 'javascript/unsafe-program',
  cwe: ['CWE-78'],
  severity: 'high',
  confidence: 0.8,
  message: 'the program to run is chosen by the caller; choose it from a fixed list',
  on: ['call_expression'],
  check(node, context) {
    if (!/^child_process\.(spawn|spawnSync|execFile|execFileSync|fork)$/.test(context.callee(node)))
      return;
    if (hasOption(node, 'shell', context)) return;
    const value = argument(context, node, 0);
    return isUnsafeFor(value, SHELL, INPUT) && context.args(node)[0];
  },
};

const SQL_METHODS =
  /\.(query|execute|exec|run|all|get|each|prepare|raw|unsafe|\$queryRawUnsafe|\$executeRawUnsafe|queryRaw|whereRaw|literal|one|none|many|any|manyOrNone|oneOrNone)$/;
const sqlInjection: Rule = {
  id: 'javascript/sql-injection',
  cwe: ['CWE-89'],
  severity: 'high',
  confidence: 0.9,
  message: 'SQL text is built from values; use placeholders and pass the values separately',
  on: ['call_expression', 'return_statement'],
  check(node, context): Hit | undefined | false {
    const target =
      node.type === 'return_statement' ? namedChildren(node)[0] : sqlArgument(node, context);
    if (!target || (node.type === 'return_statement' && target.type === 'call_expression')) return;
    const value =
      target.type === 'object'
        ? context.value(
            optionOf(target, 'sql', context) ?? optionOf(target, 'text', context) ?? target,
          )
        : context.value(target);
    if (!value.composed || !isUnsafeFor(value, SQL) || !looksLikeSql(value.text)) return;
    return {
      node: target,
      confidence: node.type === 'return_statement' ? 0.6 : confidenceOf(value),
    };
  },
};
const sqlArgument = (node: SyntaxNode, context: RuleContext): SyntaxNode | undefined =>
  SQL_METHODS.test(context.callee(node)) ||
  /^(query|execute|runQuery|sql)$/.test(context.callee(node))
    ? context.args(node)[0]
    : undefined;

const nosqlInjection: Rule = {
  id: 'javascript/nosql-injection',
  cwe: ['CWE-943'],
  severity: 'high',
  confidence: 0.7,
  message:
    'a query object takes request data as it is, so operators such as $ne can be sent; require a plain string',
  on: ['call_expression'],
  check(node, context) {
    if (
      !/\.(findOne|find|updateOne|updateMany|deleteOne|deleteMany|countDocuments|findOneAndUpdate|findOneAndDelete)$/.test(
        context.callee(node),
      )
    )
      return;
    const filter = context.args(node)[0];
    const literal = filter && context.resolve(filter);
    if (!literal || !filter) return;
    if (literal.type !== 'object')
      return isUnsafeFor(context.value(filter), OBJECT, INPUT) && filter;
    for (const pair of namedChildren(literal)) {
      const value =
        pair.type === 'pair'
          ? childOf(pair, 'value')
          : pair.type === 'shorthand_property_identifier'
            ? pair
            : undefined;
      const where = pair.type === 'pair' && /\$where/.test(context.text(childOf(pair, 'key')!));
      if (!value) continue;
      const control = context.value(value);
      if (
        where
          ? isUnsafeFor(control, CODE)
          : isUnsafeFor(control, OBJECT, INPUT) && !control.composed
      )
        return value;
    }
    return;
  },
};

const codeInjection: Rule = {
  id: 'javascript/code-injection',
  cwe: ['CWE-95', 'CWE-94'],
  severity: 'high',
  confidence: 0.9,
  message: 'text is run as code; parse it as data or choose from a fixed table of functions',
  on: ['call_expression', 'new_expression'],
  check(node, context) {
    const callee = context.callee(node);
    const args = context.args(node);
    const bare =
      /(^|\.)(eval|Function)$/.test(callee) &&
      !/\.(prototype|call|apply)\./.test(callee) &&
      /^(eval|Function|globalThis\.eval|window\.eval|global\.eval|globalThis\.Function|global\.Function)$/.test(
        callee,
      );
    const viaVm =
      /^vm\.(runInNewContext|runInThisContext|runInContext|compileFunction|Script)$/.test(callee) ||
      /^(\w*vm|\(\))\.runIn\w*Context$/.test(callee);
    const timer = /^(setTimeout|setInterval|setImmediate|execScript)$/.test(callee);
    const code = callee.endsWith('Function') ? args : args.slice(0, 1);
    for (const arg of code) {
      const value = context.value(arg);
      if ((bare || viaVm) && isUnsafeFor(value, CODE))
        return { node: arg, confidence: confidenceOf(value) };
      if (timer && value.composed && value.text !== '' && isUnsafeFor(value, CODE))
        return { node: arg, confidence: confidenceOf(value) };
    }
    return;
  },
};

const unsafeReflection: Rule = {
  id: 'javascript/unsafe-reflection',
  cwe: ['CWE-470'],
  severity: 'medium',
  confidence: 0.6,
  message:
    'a module or function is chosen by name from outside; look the name up in a fixed table first',
  on: ['call_expression'],
  check(node, context) {
    const fn = childOf(node, 'function');
    if (fn?.type === 'identifier' && context.text(fn) === 'require' && context.args(node)[0])
      return (
        isUnsafeFor(context.value(context.args(node)[0]!), CODE, PARAMETER) && context.args(node)[0]
      );
    if (fn?.type !== 'subscript_expression') return;
    const object = context.text(childOf(fn, 'object')!);
    const index = childOf(fn, 'index');
    return (
      /^(global|globalThis|window|module\.exports|exports|this)$/.test(object) &&
      index !== undefined &&
      isUnsafeFor(context.value(index), CODE, PARAMETER) &&
      fn
    );
  },
};

const templateInjection: Rule = {
  id: 'javascript/template-injection',
  cwe: ['CWE-1336', 'CWE-94'],
  severity: 'high',
  confidence: 0.75,
  message:
    'a template is compiled from text the caller controls; pass the text as data to a fixed template',
  on: ['call_expression'],
  check(node, context) {
    if (
      !/^(ejs|pug|jade|Handlebars|handlebars|nunjucks|mustache|Mustache|dot|doT|_|lodash|swig|eta)\.(render|renderString|compile|template|precompile)$/.test(
        context.callee(node),
      )
    )
      return;
    const value = argument(context, node, 0);
    return isUnsafeFor(value, CODE, PARAMETER) && context.args(node)[0];
  },
};

const directoryQuery: Rule = {
  id: 'javascript/directory-query-injection',
  cwe: ['CWE-90', 'CWE-643'],
  severity: 'high',
  confidence: 0.75,
  message: 'an LDAP filter or XPath expression is built from values; escape them for that language',
  on: ['template_string', 'binary_expression'],
  check(node, context) {
    if (node.parent?.type === 'binary_expression' || node.parent?.type === 'template_substitution')
      return;
    const value = context.value(node);
    if (!value.composed || !isUnsafeFor(value, QUERY, PARAMETER)) return;
    if (/\([&|!]?\(?[a-zA-Z]+=/.test(value.text) && /^\(/.test(value.prefix.trim()))
      return { node, cwe: ['CWE-90'] };
    if (/^\/\/?[\w*]+(\/[\w*]+)*\[@?[\w/()]+\s*=\s*['"]/.test(value.prefix.trim()))
      return { node, cwe: ['CWE-643'] };
    return;
  },
};

const xmlEntities: Rule = {
  id: 'javascript/xml-external-entities',
  cwe: ['CWE-611'],
  severity: 'high',
  confidence: 0.9,
  message: 'the XML parser is told to expand external entities',
  on: ['pair'],
  check(node, context) {
    const key = context.text(childOf(node, 'key')!);
    const value = context.text(childOf(node, 'value')!);
    return (
      /^(noent|replaceEntities|resolveExternalEntities|expandEntities|dtdload|loadExternalDtd)$/.test(
        key,
      ) &&
      value === 'true' &&
      node
    );
  },
};

const unsafeDeserialization: Rule = {
  id: 'javascript/unsafe-deserialization',
  cwe: ['CWE-502'],
  severity: 'high',
  confidence: 0.85,
  message: 'a format that can carry code is read from outside; use JSON.parse',
  on: ['call_expression'],
  check(node, context) {
    const callee = context.callee(node);
    if (
      !/(^|\.)(unserialize|deserialize|decycle)$|^(cryo|funcster|serialijse)\.(parse|deepDeserialize|deserialize)$|^(node-)?serialize\./.test(
        callee,
      )
    )
      return;
    if (/serialize$/.test(callee) && /(^|\.)serialize$/.test(callee)) return;
    const value = argument(context, node, 0);
    return (
      value.control !== CLEAN &&
      isUnsafeFor(value, CODE) &&
      (/^(JSON|my|this|bson|msgpack)/.test(callee) ? undefined : node)
    );
  },
};

export const INJECTION_RULES: readonly Rule[] = [
  commandInjection,
  argumentInjection,
  sqlInjection,
  nosqlInjection,
  codeInjection,
  unsafeReflection,
  templateInjection,
  directoryQuery,
  xmlEntities,
  unsafeDeserialization,
];
