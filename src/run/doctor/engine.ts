/** @file The runtime of the embedded engine and the devices it could use: each provider is tried with a real graph. */
import { messageOf } from '../../kernel/errors.ts';
import type { Device } from '../../tensor/session.ts';
import type { Check } from './check.ts';

/** What the probe needs of the runtime. */
export interface RuntimeProbe {
  readonly version: string;
  /** Providers this build of the runtime carries. */
  readonly bundled: readonly string[];
  /** Runs a small graph there; rejects with the runtime's reason. */
  tryDevice(device: Device): Promise<void>;
}

/** What a device needs, and the platforms that can have it at all. */
const DEVICES: readonly (readonly [Device, string, readonly NodeJS.Platform[] | 'any'])[] = [
  ['cpu', 'npm ci', 'any'],
  ['webgpu', 'a GPU with a Vulkan, Metal or Direct3D 12 driver', 'any'],
  [
    'cuda',
    'an NVIDIA GPU, and onnxruntime-node installed with its script (npm rebuild onnxruntime-node)',
    ['linux', 'win32'],
  ],
  ['coreml', 'macOS', ['darwin']],
  ['dml', 'Windows with DirectX 12', ['win32']],
];

export async function engineChecks(
  runtime: RuntimeProbe,
  platform: NodeJS.Platform = process.platform,
): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [device, needs, platforms] of DEVICES) {
    if (platforms !== 'any' && !platforms.includes(platform)) continue;
    const cpu = device === 'cpu';
    const about = {
      area: 'engine',
      name: cpu ? 'onnxruntime (cpu)' : `onnxruntime (${device})`,
      adds: cpu
        ? 'trains and samples with the embedded engine'
        : `the same, with --device ${device}`,
    } as const;
    const install = `${device} needs ${needs}`;
    if (!runtime.bundled.includes(device)) {
      const detail = 'not in this build of the runtime';
      checks.push({ ...about, status: 'missing', detail, install });
      continue;
    }
    try {
      await runtime.tryDevice(device);
      checks.push({ ...about, status: 'ready', detail: runtime.version });
    } catch (error) {
      const detail = `does not start: ${lastSentence(messageOf(error))}`;
      checks.push({ ...about, status: 'missing', detail, install });
    }
  }
  return checks;
}

/** Runtime messages begin with source paths and end with the reason. */
const lastSentence = (message: string): string =>
  message
    .split('\n')[0]!
    .split(/(?<=\.) (?=[A-Z])/)
    .at(-1)!;
