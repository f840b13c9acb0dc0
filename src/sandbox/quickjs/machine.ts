/**
 * @file One QuickJS instance whose memory is put back after every test (ours). The prelude (two realms, host modules, judge) runs
 * once; then the used part of the WebAssembly memory is copied aside as an image. A fresh, identical world costs one memory copy
 * of a few hundred kilobytes instead of new contexts and a new prelude.
 * After a trap the instance is thrown away: its stack pointer cannot be trusted.
 */
import { newQuickJSWASMModule, RELEASE_SYNC } from 'quickjs-emscripten';
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime } from 'quickjs-emscripten';
import { nativeCall } from './native.ts';
import { PROGRAM_PRELUDE, judgePrelude } from './prelude.ts';

/** Interrupt polls per millisecond at nominal speed; a poll comes every 10,000 steps of the interpreter or of a regular expression. */
const POLLS_PER_MS = 5;
/** The real clock is only a backstop, so that a verdict does not depend on how busy the machine is. */
const BACKSTOP_FACTOR = 10;
const STACK_BYTES = 512 * 1024;
const MEGABYTE = 1 << 20;

export interface Machine {
  /** Back to the image: a world in which nothing has happened. */
  restore(): void;
  /** Sets the limits for what runs until the next call. */
  limit(wallMs: number, memoryMb: number): void;
  /** True once the time limit has struck since the last `limit`. */
  readonly outOfTime: boolean;
  readonly program: QuickJSContext;
  readonly runtime: QuickJSRuntime;
  /** Calls a function of the judge with at most one string; the result as text, or what was thrown. */
  ask(name: 'begin' | 'test' | 'turn' | 'verdict', text?: string): AskResult;
  dispose(): void;
}

export type AskResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string };

export async function createMachine(): Promise<Machine> {
  const module = await newQuickJSWASMModule(RELEASE_SYNC);
  const memory = module.getWasmMemory();
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
  const native = judge.newFunction('native', (...handles: QuickJSHandle[]) =>
    judge.newString(nativeCall(handles.map((handle) => judge.dump(handle) as unknown))),
  );
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
  const image = used.slice(imageStart, imageEnd);

  return {
    program,
    runtime,
    restore() {
      new Uint8Array(memory.buffer).set(image, imageStart);
    },
    limit(wallMs, memoryMb) {
      polls = 0;
      outOfTime = false;
      pollLimit = wallMs * POLLS_PER_MS;
      deadline = performance.now() + wallMs * BACKSTOP_FACTOR;
      runtime.setMemoryLimit(memoryMb * MEGABYTE);
    },
    get outOfTime() {
      return outOfTime;
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
