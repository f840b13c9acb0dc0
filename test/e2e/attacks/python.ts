/** @file Python programs that attack the machine. "refused(f)" is true when f raises or returns nothing; a program that gets through fails its test. */
import { attack } from './attack.ts';

export const PYTHON_PRELUDE = `
import os, sys
def refused(attempt):
    try:
        return not attempt()
    except BaseException:
        return True
def read(path):
    with open(path, 'rb') as f:
        return f.read(200)
def write(path, text='owned'):
    with open(path, 'w') as f:
        f.write(text)
    return True
`;

export const PYTHON_ATTACKS = [
  attack('fork bomb', 'processes time', 'while True: os.fork()'),
  attack(
    'fork bomb that swallows errors',
    'processes time',
    'while True:\n  try: os.fork()\n  except OSError: pass',
  ),
  attack(
    'shell fork bomb',
    'processes passed failed time',
    'os.system("bomb() { bomb | bomb & }; bomb")\nimport time; time.sleep(1)',
  ),
  attack(
    'thread bomb',
    'processes time',
    'import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(60,)).start()',
  ),
  attack('memory: one huge object', 'memory time', 'x = bytearray(50 * 10**9)'),
  attack('memory: growing list', 'memory time', 'x = []\nwhile True: x.append(bytearray(10**6))'),
  attack(
    'memory: growing list that swallows errors',
    'memory time',
    'x = []\nwhile True:\n  try: x.append(bytearray(10**6))\n  except MemoryError: pass',
  ),
  attack(
    'memory: spread over children',
    'memory processes time',
    'import time\nfor i in range(20):\n  if os.fork() == 0:\n    x = bytearray(100 * 10**6)\n    for j in range(0, len(x), 4096): x[j] = 1\n    time.sleep(60)\ntime.sleep(60)',
  ),
  attack(
    'memory: anonymous map',
    'memory time',
    'import mmap\nheld = []\nwhile True:\n  m = mmap.mmap(-1, 64 * 2**20); m.write(b"x" * len(m)); held.append(m)',
  ),
  attack(
    'memory: filling /tmp',
    'output time',
    'i = 0\nwhile True:\n  with open(f"/tmp/{i}", "wb") as f: f.write(b"x" * 10**6)\n  i += 1',
  ),
  attack(
    'memory: filling /dev/shm',
    'output time',
    'i = 0\nwhile True:\n  with open(f"/dev/shm/{i}", "wb") as f: f.write(b"x" * 10**6)\n  i += 1',
  ),
  attack('memory: memfd', 'passed', 'assert refused(lambda: os.memfd_create("hold") >= 0)'),
  attack(
    'memory: System V shared memory',
    'passed',
    'import ctypes\nassert ctypes.CDLL(None).shmget(0, 2**30, 0o1600) == -1',
  ),
  attack('memory: integer of a billion digits', 'memory time', 'x = 7 ** (10 ** 9)'),
  attack('memory: string doubling', 'memory time', 'x = "a" * 1000\nwhile True: x += x'),
  attack('endless output', 'output time', 'while True: print("x" * 1000)'),
  attack(
    'endless output on stderr by descriptor',
    'output time',
    'while True: os.write(2, b"x" * 4096)',
  ),
  attack(
    'endless output from a child',
    'output time',
    'if os.fork() == 0:\n  while True: os.write(1, b"y" * 65536)\nimport time; time.sleep(60)',
  ),
  attack(
    'huge file',
    'output time',
    'with open("/tmp/big", "wb") as f:\n  while True: f.write(b"x" * 2**20)',
  ),
  attack(
    'a million small files',
    'output time',
    'i = 0\nwhile True:\n  open(f"/tmp/{i}", "w").close(); i += 1',
  ),
  attack(
    'loop ignoring SIGTERM and friends',
    'time',
    'import signal\nfor s in range(1, 65):\n  try: signal.signal(s, signal.SIG_IGN)\n  except (OSError, ValueError): pass\nwhile True: pass',
  ),
  attack(
    'loop inside a thread',
    'time',
    'import threading\ndef f():\n  while True: pass\nt = threading.Thread(target=f); t.start(); t.join()',
  ),
  attack('sleeping for ever', 'time', 'import time; time.sleep(10**6)'),
  attack('waiting for input', 'failed broken passed', 'assert refused(lambda: input())'),
  attack('regular expression bomb', 'time', 'import re; re.match(r"(a+)+$", "a" * 60 + "b")'),
  attack(
    'zip bomb',
    'memory time',
    'import zlib\ndata = zlib.compress(b"0" * 10**8)\nfor _ in range(10**4): data2 = zlib.decompress(data) * 50',
  ),
  attack(
    'nested decompression',
    'memory time',
    'import bz2\ncompressed = bz2.compress(b"0" * 5 * 10**7)\nheld = []\nwhile True: held.append(bz2.decompress(compressed))',
  ),
  attack('bottomless recursion', 'failed', 'def f(): return f()\nf()'),
  attack(
    'recursion past the C stack',
    'failed memory time',
    'sys.setrecursionlimit(10**9)\ndef f(n): return [f(n + 1)]\nf(0)',
  ),
  attack(
    'billion laughs in the parser',
    'failed memory',
    'compile("(" * 10**6 + ")" * 10**6, "x", "eval")',
  ),
  attack(
    'symlink to a file outside',
    'passed',
    'os.symlink("CANARY", "/tmp/link")\nassert refused(lambda: read("/tmp/link"))',
  ),
  attack(
    'hard link to a file outside',
    'passed',
    'assert refused(lambda: os.link("CANARY", "/tmp/hard") or True)',
  ),
  attack('root of process 1', 'passed', 'assert refused(lambda: read("/proc/1/root" + "CANARY"))'),
  attack(
    'working directory of every process',
    'passed',
    'for p in os.listdir("/proc"):\n  if p.isdigit(): assert refused(lambda: read(f"/proc/{p}/cwd/../../" + "CANARY"))',
  ),
  attack(
    'memory of process 1',
    'passed',
    'assert refused(lambda: os.open("/proc/1/mem", os.O_RDWR) + 1)\nassert refused(lambda: os.open("/proc/1/fd/3", os.O_WRONLY) + 1)',
  ),
  attack('sysrq', 'passed', 'assert refused(lambda: write("/proc/sysrq-trigger", "b"))'),
  attack(
    'kernel settings',
    'passed',
    'assert refused(lambda: write("/proc/sys/kernel/hostname", "owned"))\nassert refused(lambda: write("/proc/sys/kernel/core_pattern", "|/tmp/x"))',
  ),
  attack(
    'reading the home folder',
    'passed',
    'assert refused(lambda: os.listdir("HOME"))\nassert refused(lambda: read("CANARY"))',
  ),
  attack(
    'reading accounts',
    'passed',
    'for p in ("/etc/shadow", "/etc/passwd", "/etc/ssh/ssh_host_rsa_key"): assert refused(lambda: read(p))',
  ),
  attack(
    'reading the environment',
    'passed',
    'assert "VUL2SAFE_ATTACK_SECRET" not in os.environ\nassert b"VUL2SAFE_ATTACK" not in read("/proc/self/environ")\nassert refused(lambda: b"VUL2SAFE_ATTACK" in read("/proc/1/environ"))',
  ),
  attack(
    'listing the machine’s processes',
    'passed',
    'assert len([p for p in os.listdir("/proc") if p.isdigit()]) < 10',
  ),
  attack(
    'the host’s loopback',
    'passed',
    'import socket\nassert refused(lambda: socket.create_connection(("127.0.0.1", PORT), 1))',
  ),
  attack(
    'the outside network',
    'passed',
    'import socket\nassert refused(lambda: socket.create_connection(("1.1.1.1", 53), 1))',
  ),
  attack(
    'a datagram out',
    'passed',
    'import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nassert refused(lambda: s.sendto(b"x", ("8.8.8.8", 53)))',
  ),
  attack(
    'name lookup',
    'passed',
    'import socket\nassert refused(lambda: socket.gethostbyname("example.com"))',
  ),
  attack(
    'container control socket',
    'passed',
    'import socket\ns = socket.socket(socket.AF_UNIX)\nassert refused(lambda: s.connect("/var/run/docker.sock") or True)',
  ),
  attack(
    'writing outside',
    'passed',
    'for p in ("/usr/owned", "/etc/owned", "/owned", "/dev/owned", "HOME/owned", "/proc/owned", "/var/tmp/owned"): assert refused(lambda: write(p))',
  ),
  attack(
    'overwriting the interpreter',
    'passed',
    'assert refused(lambda: write(os.path.realpath(sys.executable)))',
  ),
  attack(
    'making a device',
    'passed',
    'import stat\nassert refused(lambda: os.mknod("/tmp/disk", 0o600 | stat.S_IFBLK, os.makedev(8, 0)) or True)\nassert refused(lambda: read("/dev/sda") or read("/dev/mem"))',
  ),
  attack(
    'killing the parent',
    'passed',
    'import signal\nassert refused(lambda: os.kill(os.getppid(), 0) and True)\nos.kill(os.getppid(), signal.SIGKILL)',
  ),
  attack('killing every process', 'failed passed', 'import signal\nos.kill(-1, signal.SIGKILL)'),
  attack(
    'stopping process 1',
    'passed time',
    'import signal\nos.kill(1, signal.SIGSTOP)\nos.kill(1, signal.SIGSTOP)',
  ),
  attack(
    'background survivor',
    'passed',
    'import subprocess\nsubprocess.Popen(["sleep", "MARK"], start_new_session=True)',
  ),
  attack(
    'background survivor, twice forked',
    'passed',
    'if os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0: os.execv("/usr/bin/sleep", ["sleep", "MARK"])\n  os._exit(0)',
  ),
  attack(
    'tracing another process',
    'passed',
    'import ctypes\nassert ctypes.CDLL(None).ptrace(16, 1, 0, 0) == -1',
  ),
  attack(
    'mounting',
    'passed',
    'import ctypes\nassert ctypes.CDLL(None).mount(b"none", b"/tmp", b"tmpfs", 0, None) == -1',
  ),
  attack(
    'a user namespace of its own',
    'passed',
    'import ctypes\nassert ctypes.CDLL(None).unshare(0x10000000) == -1\nassert os.system("unshare -Ur true 2>/dev/null") != 0',
  ),
  attack(
    'becoming root',
    'passed',
    'assert refused(lambda: os.setuid(0) or True)\nassert os.getuid() != 0 and os.geteuid() != 0',
  ),
  attack(
    'set-uid programs',
    'passed',
    'assert os.system("su -c id >/dev/null 2>&1 </dev/null") != 0',
  ),
  attack('leaving by chroot', 'passed', 'assert refused(lambda: os.chroot("/tmp") or True)'),
  attack(
    'raising its own limits',
    'passed',
    'import resource\nfor what in (resource.RLIMIT_NPROC, resource.RLIMIT_AS, resource.RLIMIT_FSIZE): assert refused(lambda: resource.setrlimit(what, (-1, -1)) or True)',
  ),
  attack('raising its own priority', 'passed', 'assert refused(lambda: os.nice(-10) and True)'),
  attack('leaving before the test', 'broken failed', 'os._exit(0)'),
  attack('exit status 0', 'broken failed', 'sys.exit(0)'),
  attack('closing every descriptor', 'failed broken', 'os.closerange(0, 1000)'),
  attack(
    'an exception that fights back',
    'failed broken',
    'class E(Exception):\n  def __str__(self): raise E()\nraise E()',
  ),
  attack(
    'opening descriptors without end',
    'failed broken',
    'held = []\nwhile True: held.append(open("/dev/null"))',
  ),
];
