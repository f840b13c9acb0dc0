/**
 * @file `node dist/bench/bench/evaluate.js` (after `tsc -p bench/tsconfig.json`): Python test programs per second through
 * bubblewrap, each in a sandbox of its own as `eval` has it, and what one costs in processor time (ours and the sandboxes'), which holds on a
 * busy machine too. The kernel's own clearing up after a namespace is in neither.
 */
import { readFileSync } from 'node:fs';
import { createBubblewrapSandbox } from '../src/sandbox/bubblewrap/sandbox.ts';

const sandbox = createBubblewrapSandbox({ sitePackages: true });
const run = (i: number) =>
  sandbox.run({
    language: 'python',
    program: `def f(x):\n    return x + ${i}`,
    world: {},
    tests: [{ name: 'adds', code: `assert f(1) == ${i + 1}` }],
    limits: { wallMs: 5000, memoryMb: 256 },
  });
/** Processor milliseconds of this process, and of the children it has waited for (Linux; 100 ticks a second). */
const processorMs = (): { readonly own: number; readonly sandboxes: number } => {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ').map(Number);
  return { own: 10 * (fields[11]! + fields[12]!), sandboxes: 10 * (fields[13]! + fields[14]!) };
};
const programs = 300;
await run(0);
const alone = performance.now();
await run(1);
const oneMs = performance.now() - alone;
const before = processorMs();
const started = performance.now();
const outcomes = await Promise.all(Array.from({ length: programs }, (_, i) => run(i)));
const seconds = (performance.now() - started) / 1000;
const after = processorMs();
const own = (after.own - before.own) / programs;
const inSandboxes = (after.sandboxes - before.sandboxes) / programs;
const passed = outcomes.filter(
  (outcome) => outcome.status === 'ran' && outcome.tests.every(({ status }) => status === 'passed'),
).length;
await sandbox.close();
process.stdout.write(
  `${JSON.stringify({
    programs,
    passed,
    programsPerSecond: programs / seconds,
    processorMsPerProgram: own + inSandboxes,
    own,
    inSandboxes,
    perSecondOfTwoCores: 2000 / (own + inSandboxes),
    oneMs,
  })}\n`,
);
