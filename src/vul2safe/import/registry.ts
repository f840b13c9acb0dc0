/** @file Every format `import` knows, most telling first: detection takes the first that recognises the input. */
import { bigvul } from './formats/bigvul.ts';
import { cvefixes } from './formats/cvefixes.ts';
import { cyberseceval } from './formats/cyberseceval.ts';
import { generic } from './formats/generic.ts';
import { git } from './formats/git.ts';
import { osv } from './formats/osv.ts';
import { dataset, pairs } from './formats/pairs.ts';
import { primevulPairs } from './formats/primevul-pairs.ts';
import { primevul, primevulPaired } from './formats/primevul.ts';
import { sarif } from './formats/sarif.ts';
import { seccodeplt } from './formats/seccodeplt.ts';
import { safecoder, sven } from './formats/sven.ts';
import type { Importer } from './importer.ts';

export const IMPORTERS: readonly Importer[] = [
  dataset,
  pairs,
  generic,
  primevulPairs,
  primevulPaired,
  primevul,
  safecoder,
  sven,
  cyberseceval,
  seccodeplt,
  bigvul,
  cvefixes,
  osv,
  sarif,
  git,
];

export const formatNames = (): string[] => IMPORTERS.map((importer) => importer.format);
