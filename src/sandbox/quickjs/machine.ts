/**
 * @file One QuickJS instance whose memory is put back after every test (ours). The prelude (two realms, host modules, judge) runs
 * once; then the used part of the WebAssembly memory is copied aside as an image. A fresh, identical world costs one memory copy
 * of a few hundred kilobytes instead of new contexts and a new prelude.
 * After a trap the instance is thrown away: its stack pointer cannot be trusted.
 */
import { newQuickJSWASMModuleFromVariant, newVariant, RELEASE_SYNC } from 'quickjs-emscripten';
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime } from 'quickjs-emscripten';
import { nativeCall } from './native.ts';
import { PROGRAM_PRELUDE, judgePrelude } from './prelude.ts';

/** Interrupt polls per millisecond at nominal speed; a poll comes every 10,000 steps of the interpreter or of a regular expression. */
const POLLS_PER_MS = 5;
/** The real clock is only a backstop, so that a verdict does not depend on how busy the machine is. */
const backstopMs = (wallMs: number): number => 10 * wallMs + 1000;
/** Small enough that QuickJS notices deep recursion before the host's own stack is used up, also in a worker. */
const STACK_BYTES = 96 * 1024;
const PAGE_BYTES = 65536;

/** TypeScript knows WebAssembly only from the browser's library. */
const WasmMemory = (
  globalThis as unknown as {
    WebAssembly: {
      Memory: new (pages: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
    };
  }
).WebAssembly.Memory;

/** What the module needs before any program: its initial memory, of which the image takes under a megabyte beside the stack. */
const INITIAL_PAGES = 256;
const BASE_BYTES = 6 << 20;

export interface Machine {
  /** Back to the image: a world in which nothing has happened. */
  restore(): void;
  /** Sets the time limit for what runs until the next call. */
  limit(wallMs: number): void;
  /** True once the time limit has struck since the last `limit`. */
  readonly outOfTime: boolean;
  /** True where the memory has been grown to its limit (since the machine was made). */
  readonly memoryFull: boolean;
  readonly program: QuickJSContext;
  readonly runtime: QuickJSRuntime;
  /** Calls a function of the judge with at most one string; the result as text, or what was thrown. */
  ask(name: 'begin' | 'test' | 'turn' | 'verdict', text?: string): AskResult;
  dispose(): void;
}

interface Segment {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** Zero variables may border on the stack: this much of the longest zero run is kept at either end. */
const STACK_MARGIN_BYTES = 256 * 1024;

/**
 * Copies memory without the inside of its longest run of zeros. That is the unused stack (5 MB): between calls it is empty, so what
 * an earlier call left there means nothing, and copying it back would cost more than everything else.
 */
function takeImage(memory: Uint8Array, start: number, end: number): Segment[] {
  const words = new Int32Array(memory.buffer, 0, memory.length >> 2);
  let longest = { start: end, end };
  for (let at = start >> 2, from = -1; at <= end >> 2; at++) {
    if (at < end >> 2 && words[at] === 0) {
      if (from < 0) from = at;
    } else if (from >= 0) {
      if (at - from > (longest.end - longest.start) >> 2)
        longest = { start: from * 4, end: at * 4 };
      from = -1;
    }
  }
  const firstEnd = longest.start + STACK_MARGIN_BYTES;
  const secondStart = longest.end - STACK_MARGIN_BYTES;
  if (firstEnd >= secondStart) return [{ start, bytes: memory.slice(start, end) }];
  return [
    { start, bytes: memory.slice(start, firstEnd) },
    { start: secondStart, bytes: memory.slice(secondStart, end) },
  ];
}

export type AskResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string };

/**
 * The memory limit is the WebAssembly memory's own maximum: QuickJS's limit cannot see the size of blocks in this build, only their
 * number.
 */
export async function createMachine(memoryMb: number): Promise<Machine> {
  const mostPages = Math.max(
    INITIAL_PAGES,
    Math.ceil((BASE_BYTES + memoryMb * 2 ** 20) / PAGE_BYTES),
  );
  const memory = new WasmMemory({ initial: INITIAL_PAGES, maximum: mostPages });
  const module = await newQuickJSWASMModuleFromVariant(
    newVariant(RELEASE_SYNC, { wasmMemory: memory }),
  );
  const pristine = new Uint8Array(memory.buffer);
  let imageStart = 0;
  while (imageStart < pristine.length && pristine[imageStart] === 0) imageStart++;

  const runtime = module.newRuntime();
  let polls = 0;
  let pollLimit = Number.POSITIVE_INFINITY;
  let deadline = Number.POSITIVE_INFINITY;
  let outOfTime = false;
  runtime.setInterruptHandler(() => {
    if (++polls > pollLimit || performance.now() > deadline) outOfTime = true;
    return outOfTime;
  });
  runtime.setMaxStackSize(STACK_BYTES);
  const program = runtime.newContext();
  const judge = runtime.newContext();
  const realm = program.unwrapResult(
    program.evalCode(PROGRAM_PRELUDE, 'prelude.js', { type: 'global' }),
  );
  const native = judge.newFunction('native', (...handles: QuickJSHandle[]) => {
    const args = handles.map((handle) => judge.dump(handle) as unknown);
    if (args[0] !== 'budget') return judge.newString(nativeCall(args));
    pollLimit = Math.min(pollLimit, polls + Number(args[1]));
    return judge.newString('');
  });
  const install = judge.unwrapResult(
    judge.evalCode(judgePrelude(), 'judge.js', { type: 'global' }),
  );
  const driver = judge.unwrapResult(judge.callFunction(install, judge.undefined, realm, native));
  const names = ['begin', 'test', 'turn', 'verdict'] as const;
  const calls = new Map(names.map((name) => [name, judge.getProp(driver, name)] as const));
  // Handles that quickjs-emscripten makes lazily must exist before the image is taken.
  void [program.undefined, program.global, judge.global, judge.true, judge.false];

  const used = new Uint8Array(memory.buffer);
  let imageEnd = used.length;
  while (imageEnd > imageStart && used[imageEnd - 1] === 0) imageEnd--;
  // Allocator records just behind the last non-zero byte may be zero and still matter.
  imageEnd = Math.min(used.length, imageEnd + 4096);
  const image = takeImage(used, imageStart, imageEnd);

  return {
    program,
    runtime,
    restore() {
      const now = new Uint8Array(memory.buffer);
      for (const { start, bytes } of image) now.set(bytes, start);
    },
    limit(wallMs) {
      polls = 0;
      outOfTime = false;
      pollLimit = wallMs * POLLS_PER_MS;
      deadline = performance.now() + backstopMs(wallMs);
    },
    get outOfTime() {
      return outOfTime;
    },
    get memoryFull() {
      return memory.buffer.byteLength >= mostPages * PAGE_BYTES;
    },
    ask(name, text) {
      const argument = text === undefined ? judge.undefined : judge.newString(text);
      const result = judge.callFunction(calls.get(name)!, judge.undefined, argument);
      const handle = result.error ?? result.value;
      const value: unknown = judge.dump(handle);
      handle.dispose();
      if (text !== undefined) argument.dispose();
      if (!result.error) return { ok: true, text: String(value) };
      const thrown = value as { name?: unknown; message?: unknown } | null;
      return { ok: false, message: `${thrown?.name ?? 'Error'}: ${thrown?.message ?? value}` };
    },
    dispose() {
      // The whole instance is garbage once nothing refers to it; freeing handle by handle would only risk a trap.
      runtime.removeInterruptHandler();
    },
  };
}
