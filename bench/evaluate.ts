/** @file Throughput of judging: Python test programs per second through bubblewrap, each in a sandbox of its own, and start-up cost of one. */
import { createBubblewrapSandbox } from '../src/sandbox/bubblewrap/sandbox.ts';

const sandbox = createBubblewrapSandbox();
const run = (i: number) =>
  sandbox.run({
    language: 'python',
    program: `def f(x):\n    return x + ${i}`,
    world: {},
    tests: [{ name: 'adds', code: `assert f(1) == ${i + 1}` }],
    limits: { wallMs: 5000, memoryMb: 256 },
  });
const programs = 300;
await run(0);
const alone = performance.now();
await run(1);
const oneMs = performance.now() - alone;
const started = performance.now();
const outcomes = await Promise.all(Array.from({ length: programs }, (_, i) => run(i)));
const seconds = (performance.now() - started) / 1000;
const passed = outcomes.filter(
  (outcome) => outcome.status === 'ran' && outcome.tests.every(({ status }) => status === 'passed'),
).length;
await sandbox.close();
process.stdout.write(
  `${JSON.stringify({ programs, passed, programsPerSecond: programs / seconds, oneMs })}\n`,
);
