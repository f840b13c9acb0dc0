/** @file C programs that attack the machine. attack() returns 0 when the attempt was refused; the test's main returns that. */
import { attack } from './attack.ts';

export const C_PRELUDE = `
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <unistd.h>
static int can_open(const char *path, int flags) { int f = open(path, flags, 0600); if (f >= 0) close(f); return f >= 0; }
static int can_connect(const char *address, int port) {
  int s = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in to; memset(&to, 0, sizeof to);
  to.sin_family = AF_INET; to.sin_port = htons(port); inet_pton(AF_INET, address, &to.sin_addr);
  return connect(s, (struct sockaddr *)&to, sizeof to) == 0;
}
`;

const body = (name: string, expect: string, code: string) =>
  attack(name, expect, `int attack(void) { ${code} }`);

export const C_ATTACKS = [
  body('fork bomb', 'processes time', 'for (;;) fork();'),
  body(
    'vfork and exec bomb',
    'processes time',
    'for (;;) if (fork() == 0) execl("/usr/bin/sleep", "sleep", "60", (char *)0);',
  ),
  attack(
    'thread bomb',
    'processes time memory failed',
    'static void *f(void *p) { pause(); return p; }\nint attack(void) { for (;;) { pthread_t t; pthread_create(&t, 0, f, 0); } }',
  ),
  body(
    'memory: touching all it can get',
    'memory time',
    'for (;;) { char *p = malloc(1 << 20); if (p) memset(p, 1, 1 << 20); }',
  ),
  body(
    'memory: anonymous map',
    'memory time',
    'for (;;) { char *p = mmap(0, 1 << 24, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); if (p != MAP_FAILED) memset(p, 1, 1 << 24); }',
  ),
  body(
    'memory: shared map',
    'time memory passed',
    'for (;;) { char *p = mmap(0, 1 << 24, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0); if (p == MAP_FAILED) return 0; memset(p, 1, 1 << 24); }',
  ),
  body(
    'memory: spread over children',
    'memory processes time',
    'for (int i = 0; i < 30; i++) if (fork() == 0) { char *p = malloc(1 << 27); memset(p, 1, 1 << 27); pause(); } pause(); return 0;',
  ),
  body('memory: memfd', 'passed', 'return syscall(SYS_memfd_create, "x", 0) >= 0;'),
  body(
    'memory: System V shared memory',
    'passed',
    'return shmget(IPC_PRIVATE, 1 << 30, 0600) >= 0;',
  ),
  body(
    'memory: filling /tmp',
    'passed',
    'char name[64]; static char block[1 << 20]; for (int i = 0; i < 100000; i++) { snprintf(name, sizeof name, "/tmp/%d", i); int f = open(name, O_CREAT | O_WRONLY, 0600); if (f < 0 || write(f, block, sizeof block) != sizeof block) return 0; close(f); } return 1;',
  ),
  body(
    'memory: filling /dev/shm',
    'passed',
    'char name[64]; static char block[1 << 20]; for (int i = 0; i < 100000; i++) { snprintf(name, sizeof name, "/dev/shm/%d", i); int f = open(name, O_CREAT | O_WRONLY, 0600); if (f < 0 || write(f, block, sizeof block) != sizeof block) return 0; close(f); } return 1;',
  ),
  body(
    'huge file',
    'output time',
    'static char block[1 << 20]; int f = open("/tmp/big", O_CREAT | O_WRONLY, 0600); for (;;) write(f, block, sizeof block);',
  ),
  body(
    'huge stack',
    'failed',
    'volatile char frame[1 << 28]; frame[0] = 1; frame[(1 << 28) - 1] = 1; return frame[0];',
  ),
  attack(
    'bottomless recursion',
    'failed',
    'int deep(int n) { volatile char frame[4096]; frame[0] = n; return deep(n + 1) + frame[0]; }\nint attack(void) { return deep(0); }',
  ),
  body(
    'endless output',
    'output time',
    'for (;;) puts("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");',
  ),
  body(
    'endless output on stderr',
    'output time',
    'for (;;) write(2, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 55);',
  ),
  body(
    'endless output from a child',
    'output time',
    'if (fork() == 0) for (;;) write(1, "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy", 55); pause(); return 0;',
  ),
  body(
    'loop ignoring every signal',
    'time',
    'for (int s = 1; s < 65; s++) signal(s, SIG_IGN); for (;;);',
  ),
  body('sleeping for ever', 'time', 'for (;;) pause();'),
  body(
    'loop in a child while the parent waits',
    'time',
    'if (fork() == 0) for (;;); pause(); return 0;',
  ),
  body(
    'stack overflow by copy',
    'failed',
    'char small[8]; const char *long_text = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"; strcpy(small, long_text); return small[0] == 0;',
  ),
  body('heap overflow', 'failed', 'char *p = malloc(8); p[8] = 1; return p[8];'),
  body('use after free', 'failed', 'char *p = malloc(8); free(p); return p[0];'),
  body('double free', 'failed', 'char *p = malloc(8); free(p); free(p); return 0;'),
  body('null pointer', 'failed', 'volatile int *p = 0; *p = 1; return 0;'),
  body('signed overflow', 'failed', 'volatile int x = 2147483647; x = x + 1; return x != 0;'),
  body('division by zero', 'failed', 'volatile int zero = 0; return 1 / zero;'),
  body(
    'jumping into data',
    'failed',
    'char *p = malloc(16); void (*f)(void) = (void (*)(void))p; f(); return 0;',
  ),
  body('aborting', 'failed', 'abort();'),
  body(
    'symlink to a file outside',
    'passed',
    'symlink("CANARY", "/tmp/link"); return can_open("/tmp/link", O_RDONLY);',
  ),
  body('root of process 1', 'passed', 'return can_open("/proc/1/rootCANARY", O_RDONLY);'),
  body(
    'memory of process 1',
    'passed',
    'int f = open("/proc/1/mem", O_RDWR); return f >= 0 && write(f, "x", 1) == 1;',
  ),
  body('sysrq', 'passed', 'return can_open("/proc/sysrq-trigger", O_WRONLY);'),
  body('kernel settings', 'passed', 'return can_open("/proc/sys/kernel/core_pattern", O_WRONLY);'),
  body(
    'reading the home folder',
    'passed',
    'return can_open("HOME", O_RDONLY) || can_open("CANARY", O_RDONLY);',
  ),
  body(
    'reading accounts',
    'passed',
    'return can_open("/etc/shadow", O_RDONLY) || can_open("/etc/passwd", O_RDONLY);',
  ),
  body('reading the environment', 'passed', 'return getenv("VUL2SAFE_ATTACK_SECRET") != 0;'),
  body('the host’s loopback', 'passed', 'return can_connect("127.0.0.1", PORT);'),
  body('the outside network', 'passed', 'return can_connect("1.1.1.1", 53);'),
  body('a raw socket', 'passed', 'return socket(AF_INET, SOCK_RAW, 255) >= 0;'),
  body(
    'container control socket',
    'passed',
    'int s = socket(AF_UNIX, SOCK_STREAM, 0); struct sockaddr_un to = { AF_UNIX, "/var/run/docker.sock" }; return connect(s, (struct sockaddr *)&to, sizeof to) == 0;',
  ),
  body(
    'writing outside',
    'passed',
    'return can_open("/usr/owned", O_CREAT | O_WRONLY) || can_open("/owned", O_CREAT | O_WRONLY) || can_open("/etc/owned", O_CREAT | O_WRONLY) || can_open("/dev/owned", O_CREAT | O_WRONLY) || can_open("HOME/owned", O_CREAT | O_WRONLY);',
  ),
  body(
    'making a device',
    'passed',
    'return mknod("/tmp/disk", S_IFBLK | 0600, makedev(8, 0)) == 0 || can_open("/dev/mem", O_RDONLY);',
  ),
  body('killing the parent', 'passed', 'kill(getppid(), SIGKILL); return 0;'),
  body('killing every process', 'failed passed', 'kill(-1, SIGKILL); return 0;'),
  body('stopping process 1', 'passed time', 'kill(1, SIGSTOP); return 0;'),
  body(
    'background survivor',
    'passed',
    'if (fork() == 0) { setsid(); if (fork() == 0) execl("/usr/bin/sleep", "sleep", "MARK", (char *)0); _exit(0); } usleep(100000); return 0;',
  ),
  body('tracing another process', 'passed', 'return ptrace(PTRACE_ATTACH, 1, 0, 0) == 0;'),
  body('mounting', 'passed', 'return mount("none", "/tmp", "tmpfs", 0, 0) == 0;'),
  body('a user namespace of its own', 'passed', 'return unshare(CLONE_NEWUSER) == 0;'),
  body(
    'a user namespace by clone',
    'passed',
    'return syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) > 0;',
  ),
  body('becoming root', 'passed', 'return setuid(0) == 0 || getuid() == 0;'),
  body('leaving by chroot', 'passed', 'return chroot("/tmp") == 0;'),
  body(
    'raising its own limits',
    'passed',
    'struct rlimit most = { RLIM_INFINITY, RLIM_INFINITY }; return setrlimit(RLIMIT_NPROC, &most) == 0;',
  ),
  attack(
    'reading a file while compiling',
    'broken failed',
    '#include "/etc/shadow"\nint attack(void) { return 0; }',
  ),
  attack(
    'embedding a file while compiling',
    'failed',
    'extern char start[]; __asm__(".global start\\nstart: .incbin \\"CANARY\\"\\n.text");\nint attack(void) { return start[0] != 0; }',
  ),
  attack(
    'a program the compiler never ends',
    'broken failed memory time',
    '#define A(x) x x x x x x x x x x\n#define B(x) A(A(A(A(A(x)))))\n#define C(x) B(B(x))\nint attack(void) { int i = 0; C(i++;) return i == 0; }',
  ),
  attack(
    'running before main',
    'time failed',
    '__attribute__((constructor)) static void early(void) { for (;;); }\nint attack(void) { return 0; }',
  ),
];
