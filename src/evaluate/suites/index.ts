/** @file All suites by name. */
import { usageError } from '../../kernel/errors.ts';
import {
  codeLmSec,
  cyberSecEvalAutocomplete,
  cyberSecEvalInstruct,
  llmSecEval,
  securityEval,
} from './analyzer-suites.ts';
import { codeGuardPlus } from './codeguard.ts';
import { cwEval } from './cweval.ts';
import { humanEval, humanEvalPlus } from './humaneval.ts';
import { mbpp } from './mbpp.ts';
import { humanEvalPro, mbppPro } from './pro.ts';
import { secCodePlt } from './seccodeplt.ts';
import type { Suite } from './suite.ts';
import { embeddedFamiliesSuite, embeddedSuite, taskFileSuite } from './task-suites.ts';

export const SUITES: readonly Suite[] = [
  embeddedSuite,
  embeddedFamiliesSuite,
  taskFileSuite,
  secCodePlt,
  cwEval,
  humanEval,
  humanEvalPlus,
  humanEvalPro,
  mbpp,
  mbppPro,
  cyberSecEvalInstruct,
  cyberSecEvalAutocomplete,
  securityEval,
  llmSecEval,
  codeLmSec,
  codeGuardPlus,
];

const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/plus$/, '+')
    .replace(/[^a-z0-9+]/g, '');

/** Spelling is forgiven ("HumanEvalPro", "human-eval-plus"); an unknown name is a usage error with the list. */
export function suiteNamed(name: string): Suite {
  const found = SUITES.find((suite) => plain(suite.name) === plain(name));
  if (!found)
    throw usageError(
      `no suite "${name}"`,
      `one of: ${SUITES.map((suite) => suite.name).join(', ')}`,
    );
  return found;
}
