/** @file JavaScript programs that attack the machine from within QuickJS. `refused(f)` is true when f throws or returns nothing. */
import { attack } from './attack.ts';

export const JAVASCRIPT_PRELUDE = `
function refused(attempt) { try { return !attempt(); } catch (error) { return true; } }
function check(condition, what) { if (!condition) throw new Error(what || 'not contained'); }
`;

const READS = (path: string): string =>
  `check(refused(() => String(require('fs').readFileSync(${JSON.stringify(path)}, 'utf8')).includes('canary')));`;

export const JAVASCRIPT_ATTACKS = [
  attack('endless loop', 'broken', 'while (true) {}'),
  attack(
    'endless loop that catches everything',
    'broken',
    'while (true) { try { throw 1; } catch (e) {} }',
  ),
  attack(
    'endless generator',
    'broken',
    'function* f() { while (true) yield 1; } for (const x of f()) ;',
  ),
  attack('endless getter', 'broken', 'const o = { get x() { while (true) {} } }; o.x;'),
  attack(
    'endless promise chain',
    'passed time failed broken',
    'const f = () => Promise.resolve().then(f); f();',
  ),
  attack('timers without end', 'passed time failed', 'const f = () => setTimeout(f, 0); f();'),
  attack(
    'a sort that never agrees',
    'broken passed',
    'const a = Array.from({ length: 100000 }, (_, i) => i); while (true) a.sort(() => Math.random() - 0.5);',
  ),
  attack(
    'memory: growing array',
    'broken',
    'const a = []; while (true) a.push(new Array(1000).fill(1));',
  ),
  attack('memory: string doubling', 'broken', "let s = 'a'; while (true) s += s;"),
  attack('memory: repeat', 'broken', "const a = []; while (true) a.push('x'.repeat(1e8));"),
  attack(
    'memory: array buffer',
    'broken',
    'const a = []; while (true) a.push(new ArrayBuffer(1e9));',
  ),
  attack(
    'memory: growing array that catches everything',
    'broken',
    'const a = []; while (true) { try { a.push(new Array(1e5).fill(1)); } catch (e) {} }',
  ),
  attack('memory: map', 'broken', 'const m = new Map(); for (let i = 0; ; i++) m.set(i, { i });'),
  attack('memory: big integers', 'broken', 'let x = 2n; while (true) x = x * x;'),
  attack(
    'memory: nested JSON',
    'broken failed passed',
    "JSON.parse('['.repeat(1e6) + ']'.repeat(1e6));",
  ),
  attack('bottomless recursion', 'broken failed passed', 'const f = () => f() + 1; f();'),
  attack(
    'recursion by proxy',
    'broken failed passed',
    'const p = new Proxy({}, { get: (t, k, r) => r[k] }); p.x;',
  ),
  attack(
    'recursion by toString',
    'broken failed passed',
    "const o = { toString() { return o + ''; } }; o + '';",
  ),
  attack(
    'recursion in JSON',
    'broken failed passed',
    'const o = {}; o.toJSON = () => ({ o }); JSON.stringify(o);',
  ),
  attack('regular expression bomb', 'broken', "/^(a+)+$/.test('a'.repeat(40) + 'b');"),
  attack('backtracking bomb', 'broken', "/(x+x+)+y/.test('x'.repeat(60));"),
  attack('endless output', 'broken passed', "while (true) console.log('x'.repeat(1000));"),
  attack('reading a file of the host', 'passed', READS('CANARY')),
  attack('reading by traversal', 'passed', READS('../../../../../../../..CANARY')),
  attack(
    'reading accounts',
    'passed',
    "check(refused(() => require('fs').readFileSync('/etc/passwd', 'utf8').includes('root:')));",
  ),
  attack(
    'reading /proc',
    'passed',
    "check(refused(() => require('fs').readFileSync('/proc/self/environ', 'utf8')));",
  ),
  attack(
    'writing outside',
    'passed',
    "refused(() => require('fs').writeFileSync('HOME/owned', 'x'));",
  ),
  attack(
    'removing files',
    'passed',
    "refused(() => require('fs').unlinkSync('CANARY')); refused(() => require('fs').rmSync('CANARY'));",
  ),
  attack(
    'symlink to a file outside',
    'passed',
    "refused(() => { require('fs').symlinkSync('CANARY', '/link'); }); check(refused(() => require('fs').readFileSync('/link', 'utf8').includes('canary')));",
  ),
  attack(
    'running a command',
    'passed',
    "check(refused(() => String(require('child_process').execSync('cat CANARY')).includes('canary')));",
  ),
  attack(
    'background survivor',
    'passed',
    "refused(() => { require('child_process').exec('sleep MARK &'); }); refused(() => { require('child_process').spawn('sleep', ['MARK'], { detached: true }); });",
  ),
  attack(
    'reading the environment',
    'passed',
    "check(refused(() => process.env.VUL2SAFE_ATTACK_SECRET)); check(refused(() => process.env.PATH.includes('/usr')));",
  ),
  attack('ending the host', 'passed broken failed', 'process.exit(0);'),
  attack(
    'killing the host',
    'passed broken',
    "check(refused(() => { process.kill(process.pid, 'SIGKILL'); return false; }));",
  ),
  attack(
    'native bindings',
    'passed',
    "check(refused(() => process.binding('fs'))); check(refused(() => process.dlopen({ exports: {} }, '/x.so') || true) === true);",
  ),
  attack(
    'loading a worker',
    'passed',
    "check(refused(() => new (require('worker_threads').Worker)('1', { eval: true })));",
  ),
  attack(
    'loading an addon',
    'passed',
    "check(refused(() => require('/usr/lib/node.node'))); check(refused(() => require('CANARY')));",
  ),
  attack(
    'the vm module',
    'passed',
    "check(refused(() => require('vm').runInThisContext('process').mainModule));",
  ),
  attack(
    'constructor of a host function',
    'passed',
    "const F = require('fs').readFileSync.constructor; check(refused(() => F('return process')().mainModule)); check(refused(() => F('return globalThis')().Buffer.allocUnsafe.constructor('return process')().binding));",
  ),
  attack(
    'constructor of console',
    'passed',
    "check(refused(() => console.log.constructor.constructor('return process')().binding('fs')));",
  ),
  attack(
    'dynamic import',
    'passed failed broken',
    "import('fs').then((fs) => fs.readFileSync('CANARY'));",
  ),
  attack(
    'the host’s loopback',
    'passed',
    "check(refused(() => require('net').connect(PORT, '127.0.0.1').write('x') === 'sent'));",
  ),
  attack(
    'the outside network',
    'passed',
    "check(refused(() => { fetch('http://1.1.1.1/'); return false; }));",
  ),
  attack(
    'a datagram out',
    'passed',
    "check(refused(() => require('dgram').createSocket('udp4').send('x', 53, '8.8.8.8') || false));",
  ),
  attack(
    'shared memory and waiting',
    'passed broken',
    'const a = new Int32Array(new SharedArrayBuffer(4)); check(refused(() => Atomics.wait(a, 0, 0, 1e9) === "woken"));',
  ),
  attack(
    'poisoning prototypes',
    'passed',
    "Object.prototype.status = 'passed'; Object.prototype.then = undefined; Array.prototype.push = () => {}; JSON.stringify = () => '{}';",
  ),
  attack(
    'poisoning the error class',
    'passed broken',
    'Error.prepareStackTrace = () => { while (true) {} }; globalThis.Error = function () {};',
  ),
  attack(
    'debugger and gc hooks',
    'passed',
    'new FinalizationRegistry(() => { while (true) {} }).register({}, 1);',
  ),
];
