/** @file The computer and its Node: enough cores and memory for what, and which models therefore fit. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Check } from './check.ts';

export interface MachineFacts {
  readonly nodeVersion: string;
  readonly platform: string;
  readonly architecture: string;
  readonly cpuModel: string;
  readonly cores: number;
  /** What this process may use: the container's limit where there is one. */
  readonly memoryBytes: number;
}

const GIB = 2 ** 30;
/** The oldest Node the package supports, as in package.json's engines. */
const OLDEST_NODE = [20, 19] as const;

export function machineFacts(): MachineFacts {
  // 0 where the platform does not tell, and more than there is where no limit is set.
  const constrained = process.constrainedMemory();
  return {
    nodeVersion: process.versions.node,
    platform: process.platform,
    architecture: process.arch,
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: constrained > 0 ? Math.min(constrained, totalmem()) : totalmem(),
  };
}

/**
 * Parameters that fit for training: full fine-tuning holds weight, gradient and two Adam moments in f32 (16 bytes each),
 * LoRA little more than the weights (4 bytes). Half the memory is left to activations and everything else.
 */
const millionsThatFit = (memoryBytes: number, bytesPerParameter: number): number =>
  Math.floor(memoryBytes / 2 / bytesPerParameter / 1e6);

export function machineChecks(facts: MachineFacts): Check[] {
  const [major = 0, minor = 0] = facts.nodeVersion.split('.').map(Number);
  const recent = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  const full = millionsThatFit(facts.memoryBytes, 16);
  const lora = millionsThatFit(facts.memoryBytes, 4);
  const checks: Check[] = [
    {
      area: 'machine',
      name: 'node',
      status: recent ? 'ready' : 'limited',
      detail: `${facts.nodeVersion} on ${facts.platform} ${facts.architecture}`,
      adds: 'runs everything',
      ...(recent ? {} : { install: `install Node ${OLDEST_NODE.join('.')} or newer` }),
    },
    {
      area: 'machine',
      name: 'processor',
      status: facts.cores > 1 ? 'ready' : 'limited',
      detail: `${facts.cores} cores, ${facts.cpuModel}`,
      adds: 'training and sampling use all cores',
      ...(facts.cores > 1 ? {} : { install: 'a second core halves the time of training' }),
    },
    {
      area: 'machine',
      name: 'memory',
      status: full >= 30 ? 'ready' : 'limited',
      detail: `${(facts.memoryBytes / GIB).toFixed(1)} GiB: about ${full}M parameters fully trained, ${lora}M with LoRA`,
      adds: 'decides how large a model the embedded engine can train',
      ...(full >= 30 ? {} : { install: 'the demo wants about 1 GiB' }),
    },
  ];
  return checks;
}
