/** @file The source text that turns two bare contexts into the judge's and the program's realm, made of the functions in guest/. */
import { makeAssert } from './guest/assert.ts';
import { makeBufferModule } from './guest/buffer.ts';
import { makeChildProcessModule } from './guest/child-process.ts';
import { makeCryptoModule } from './guest/crypto.ts';
import { makeDbModule } from './guest/db.ts';
import { makeFsModule } from './guest/fs.ts';
import { installJudge } from './guest/judge.ts';
import type { GuestMakers } from './guest/judge.ts';
import { makePackages } from './guest/packages.ts';
import { makePathModule } from './guest/path.ts';
import { prepareProgramRealm } from './guest/program-realm.ts';
import { makeResponseFactory } from './guest/response.ts';
import { makeWebModules } from './guest/web.ts';

const MAKERS: GuestMakers = {
  assert: makeAssert,
  response: makeResponseFactory,
  path: makePathModule,
  buffer: makeBufferModule,
  fs: makeFsModule,
  childProcess: makeChildProcessModule,
  db: makeDbModule,
  web: makeWebModules,
  crypto: makeCryptoModule,
  packages: makePackages,
};

export const PROGRAM_PRELUDE = `"use strict";(${prepareProgramRealm})()`;

/** An expression whose value is `(realm, native) => GuestDriver`. */
export function judgePrelude(): string {
  const makers = Object.entries(MAKERS).map(([name, maker]) => `${name}: ${String(maker)}`);
  return `"use strict";(realm, native) => (${installJudge})(realm, native, {${makers.join(',\n')}})`;
}
