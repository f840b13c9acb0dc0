/**
 * @file Rewrite: a path joined from a folder and a value -> the resolved path, refused when it leaves the folder. Sub-folders
 * keep working, unlike with `path.basename`. Only for a join that feeds a file operation of the same function.
 */
import type { SyntaxNode } from '../../../../code/syntax-tree.ts';
import {
  argumentsOf,
  enclosingStatement,
  freshName,
  indentOf,
  type Edit,
  type Program,
} from './program.ts';
import type { RewriteRule } from './rule.ts';
import { composedText, joinParts, quote, type TextPart } from './text-parts.ts';

const FILE_OPERATIONS =
  /^(?:readFile|readFileSync|writeFile|writeFileSync|appendFile|appendFileSync|createReadStream|createWriteStream|unlink|unlinkSync|rm|rmSync|stat|statSync|existsSync|readdir|readdirSync|open|openSync|sendFile|access|accessSync|copyFileSync|mkdirSync)$/;

export const pathContainment: RewriteRule = {
  name: 'path-containment',
  cwe: ['CWE-22', 'CWE-23', 'CWE-36', 'CWE-73'],
  rewrite(program) {
    const places: Edit[][] = [];
    for (const call of program.all('call_expression')) {
      const callee = call.childForFieldName('function');
      const name =
        callee?.type === 'member_expression'
          ? callee.childForFieldName('property')?.text
          : callee?.text;
      const first = argumentsOf(call)[0];
      if (name === undefined || !FILE_OPERATIONS.test(name) || first === undefined) continue;
      const edits = contain(program, first);
      if (edits !== undefined) places.push(edits);
    }
    return places;
  },
};

function contain(program: Program, argument: SyntaxNode): Edit[] | undefined {
  const declarator = program.declaratorOf(argument);
  const source = declarator?.childForFieldName('value') ?? argument;
  const joined = joinedPath(program, source);
  if (joined === undefined) return undefined;
  const statement = enclosingStatement(declarator ?? argument);
  if (statement === undefined) return undefined;
  const pathModule =
    program.moduleName('path') ?? (/\bpath\./.test(program.code) ? 'path' : undefined);
  const module = pathModule ?? "require('path')";
  const indent = indentOf(program.code, statement.startIndex);
  const root = freshName(program, 'root', 'baseFolder');
  const target =
    declarator === undefined ? freshName(program, 'target', 'resolvedPath') : argument.text;
  const setUp = `const ${root} = ${module}.resolve(${joined.folder});\n${indent}`;
  const resolved = `${module}.resolve(${root}, ${joined.rest})`;
  const check = `if (!${target}.startsWith(${root} + ${module}.sep)) throw new Error('no such file');`;
  if (declarator === undefined)
    return [
      {
        start: statement.startIndex,
        end: statement.startIndex,
        text: `${setUp}const ${target} = ${resolved};\n${indent}${check}\n${indent}`,
      },
      { start: argument.startIndex, end: argument.endIndex, text: target },
    ];
  return [
    { start: statement.startIndex, end: statement.startIndex, text: setUp },
    { start: source.startIndex, end: source.endIndex, text: resolved },
    { start: statement.endIndex, end: statement.endIndex, text: `\n${indent}${check}` },
  ];
}

/** `path.join(folder, value...)`, `folder + '/' + value` or `${folder}/${value}`: the folder and the rest. */
function joinedPath(
  program: Program,
  node: SyntaxNode,
): { folder: string; rest: string } | undefined {
  if (node.type === 'call_expression') {
    const callee = node.childForFieldName('function')?.text ?? '';
    if (!/^(?:\w*[pP]ath\.)?(?:join|resolve)$/.test(callee)) return undefined;
    const args = argumentsOf(node);
    const last = args.at(-1);
    if (args.length < 2 || last === undefined || last.type === 'string') return undefined;
    if (/basename|normalize|sanitiz/.test(last.text)) return undefined;
    // Everything before the last value is the folder that must not be left.
    const folder = args.slice(0, -1).map((argument) => argument.text);
    return { folder: folder.join(', '), rest: relative(last.text) };
  }
  const composed = composedText(program, node);
  if (composed === undefined) return undefined;
  const split = composed.parts.findIndex(
    (part) => part.kind === 'literal' && part.value.includes('/'),
  );
  const parts = composed.parts;
  const first = parts[split];
  if (first?.kind !== 'literal' || split > 1) return undefined;
  const slash = first.value.lastIndexOf('/');
  const head: TextPart[] = [
    ...parts.slice(0, split),
    { kind: 'literal', value: first.value.slice(0, slash) },
  ];
  const tail: TextPart[] = [
    { kind: 'literal', value: first.value.slice(slash + 1) },
    ...parts.slice(split + 1),
  ];
  const kept = (pieces: TextPart[]): TextPart[] =>
    pieces.filter((part) => part.kind === 'expression' || part.value !== '');
  const folder = kept(head);
  const rest = kept(tail);
  if (folder.length === 0 || !rest.some((part) => part.kind === 'expression')) return undefined;
  if (rest.some((part) => part.kind === 'expression' && /basename|encodeURI/.test(part.text)))
    return undefined;
  return {
    folder:
      folder.length === 1 && folder[0]!.kind === 'literal'
        ? quote(folder[0]!.value)
        : joinParts(folder),
    rest: relative(joinParts(rest)),
  };
}

/** `path.join` reads "/x" below the folder; `path.resolve` would leave it. */
const relative = (rest: string): string => (/^['"]/.test(rest) ? rest : `'./' + ${rest}`);
