/**
 * @file The system calls a generated program may not make, as a seccomp BPF program for bubblewrap's --seccomp.
 * Namespaces already hide the machine; this closes what limits cannot count (memory held by memfd or System V shared
 * memory, which no rlimit sees) and shrinks the kernel surface (nested user namespaces, mounts, ptrace, bpf, io_uring...).
 * clone3 answers ENOSYS because its flags lie in memory where a filter cannot look; libc then falls back to clone.
 * Linux x86-64 and arm64; on other processors the sandbox runs without a filter and says so.
 */

const LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
const JUMP_EQUAL = 0x15;
const JUMP_GREATER_EQUAL = 0x35;
const JUMP_SET = 0x45;
const RETURN = 0x06;

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const refuse = (errno: number): number => 0x00050000 | errno;
const EPERM = 1;
const ENOSYS = 38;
const CLONE_NEW_ANYTHING = 0x7e020000; // NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
const X32_BIT = 0x40000000;

/** Numbers shared by both processors (the newer calls have one table). */
const COMMON = {
  openTree: 428,
  moveMount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  fspick: 433,
  mountSetattr: 442,
  memfdSecret: 447,
  ioUringSetup: 425,
  ioUringEnter: 426,
  ioUringRegister: 427,
};
const CLONE3 = 435;

interface Processor {
  readonly audit: number;
  readonly clone: number;
  /** memfd_create shmget msgget unshare setns mount umount2 pivot_root chroot ptrace process_vm_readv/writev keyctl
   *  add_key request_key bpf perf_event_open userfaultfd kexec_load init_module finit_module delete_module swapon reboot */
  readonly denied: readonly number[];
}

const PROCESSORS: Readonly<Record<string, Processor>> = {
  x64: {
    audit: 0xc000003e,
    clone: 56,
    denied: [
      319, 29, 68, 272, 308, 165, 166, 155, 161, 101, 310, 311, 250, 248, 249, 321, 298, 323, 246,
      175, 313, 176, 167, 169,
    ],
  },
  arm64: {
    audit: 0xc00000b7,
    clone: 220,
    denied: [
      279, 194, 186, 97, 268, 40, 39, 41, 51, 117, 270, 271, 219, 217, 218, 280, 241, 282, 104, 105,
      273, 106, 224, 142,
    ],
  },
};

interface Instruction {
  readonly code: number;
  readonly ifTrue: number;
  readonly ifFalse: number;
  readonly value: number;
}

/** The filter as bytes (struct sock_filter, 8 each), or null where this processor's numbers are not known. */
export function seccompFilter(architecture: string = process.arch): Buffer | null {
  const processor = PROCESSORS[architecture];
  if (processor === undefined) return null;
  const step = (code: number, value: number, ifTrue = 0, ifFalse = 0): Instruction => ({
    code,
    ifTrue,
    ifFalse,
    value,
  });
  const refuseIfEqual = (number: number, errno: number): Instruction[] => [
    step(JUMP_EQUAL, number, 0, 1),
    step(RETURN, refuse(errno)),
  ];
  const program: Instruction[] = [
    step(LOAD_WORD, 4), // seccomp_data.arch
    step(JUMP_EQUAL, processor.audit, 1, 0),
    step(RETURN, KILL),
    step(LOAD_WORD, 0), // seccomp_data.nr
    ...(architecture === 'x64'
      ? [step(JUMP_GREATER_EQUAL, X32_BIT, 0, 1), step(RETURN, refuse(EPERM))]
      : []),
    ...refuseIfEqual(CLONE3, ENOSYS),
    ...[...processor.denied, ...Object.values(COMMON)].flatMap((number) =>
      refuseIfEqual(number, EPERM),
    ),
    step(JUMP_EQUAL, processor.clone, 0, 3),
    step(LOAD_WORD, 16), // low half of the first argument: clone's flags
    step(JUMP_SET, CLONE_NEW_ANYTHING, 0, 1),
    step(RETURN, refuse(EPERM)),
    step(RETURN, ALLOW),
  ];
  const bytes = Buffer.alloc(program.length * 8);
  program.forEach((instruction, i) => {
    bytes.writeUInt16LE(instruction.code, i * 8);
    bytes.writeUInt8(instruction.ifTrue, i * 8 + 2);
    bytes.writeUInt8(instruction.ifFalse, i * 8 + 3);
    bytes.writeUInt32LE(instruction.value >>> 0, i * 8 + 4);
  });
  return bytes;
}
