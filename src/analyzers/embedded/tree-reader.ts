/**
 * @file A cursor over a tree-sitter tree that stays inside WebAssembly. web-tree-sitter's own cursor writes its state into the
 * transfer buffer before every question and reads it back after every step; but the state is still there from the call before, so
 * as long as nobody else calls in between, the questions can be put directly. Falls back to the public cursor where the
 * binding offers no such functions. While a reader is open, nothing else may touch a tree.
 */
import type { Tree, TreeCursor } from 'web-tree-sitter';
import { treeSitterBinding } from '../../code/syntax-tree.ts';

export interface TreeReader {
  typeId(): number;
  /** UTF-16 offsets. */
  start(): number;
  end(): number;
  fieldId(): number;
  toFirstChild(): boolean;
  toNextSibling(): boolean;
  toParent(): boolean;
  close(): void;
}

const QUESTIONS = [
  'current_node_type_id',
  'start_index',
  'end_index',
  'current_field_id',
  'goto_first_child',
  'goto_next_sibling',
  'goto_parent',
] as const;
type Ask = (tree: number) => number;
interface Direct {
  /** In the order of QUESTIONS. */
  readonly asks: readonly [Ask, Ask, Ask, Ask, Ask, Ask, Ask];
  readonly buffer: number;
  readonly word: (address: number) => number;
}

let direct: Direct | null | undefined;
/** The binding's functions, or null where any is missing. */
function findDirect(): Direct | null {
  const asks = QUESTIONS.map((name) => treeSitterBinding[`_ts_tree_cursor_${name}_wasm`]);
  const { _ts_init: initialise, getValue } = treeSitterBinding;
  if (
    !asks.every((ask) => typeof ask === 'function') ||
    typeof initialise !== 'function' ||
    typeof getValue !== 'function'
  )
    return null;
  return {
    asks: asks as unknown as Direct['asks'],
    // Answers with the address of the transfer buffer, and again means the same.
    buffer: (initialise as () => number)(),
    word: (address) => (getValue as (address: number, type: string) => number)(address, 'i32'),
  };
}

/** A reader at the root. */
export function openReader(tree: Tree): TreeReader {
  direct ??= findDirect();
  const address = (tree as unknown as Record<number, unknown>)[0];
  const cursor = tree.walk();
  const state = cursor as unknown as Record<number, unknown>;
  if (
    direct === null ||
    typeof address !== 'number' ||
    // The buffer must hold what the cursor was just made of.
    [0, 1, 2, 3].some((index) => state[index] !== direct?.word(direct.buffer + 4 * index))
  )
    return publicReader(cursor);
  return directReader(cursor, address, direct);
}

function directReader(
  cursor: TreeCursor,
  tree: number,
  { asks, buffer, word }: Direct,
): TreeReader {
  const [typeId, start, end, fieldId, firstChild, nextSibling, parent] = asks;
  return {
    typeId: () => typeId(tree),
    start: () => start(tree),
    end: () => end(tree),
    fieldId: () => fieldId(tree),
    toFirstChild: () => firstChild(tree) === 1,
    toNextSibling: () => nextSibling(tree) === 1,
    toParent: () => parent(tree) === 1,
    close: () => {
      // Its memory may have moved while it was walked.
      for (let index = 0; index < 4; index++)
        (cursor as unknown as Record<number, number>)[index] = word(buffer + 4 * index);
      cursor.delete();
    },
  };
}

const publicReader = (cursor: TreeCursor): TreeReader => ({
  typeId: () => cursor.nodeTypeId,
  start: () => cursor.startIndex,
  end: () => cursor.endIndex,
  fieldId: () => cursor.currentFieldId,
  toFirstChild: () => cursor.gotoFirstChild(),
  toNextSibling: () => cursor.gotoNextSibling(),
  toParent: () => cursor.gotoParent(),
  close: () => cursor.delete(),
});
