/** @file Where the demo keeps what. */
import { join } from 'node:path';
import type { ArmName } from './summary.ts';

export interface DemoFolders {
  readonly data: string;
  arm(name: ArmName): string;
}

export const demoFolders = (out: string): DemoFolders => ({
  data: join(out, 'primevul-plus'),
  arm: (name) => join(out, 'runs', name),
});
