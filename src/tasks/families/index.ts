/** @file All families, in a fixed order (their ids, not this order, decide what a seed draws). */
import type { Family } from '../family.ts';
import { errorReply } from './error-reply.ts';
import { evalParse } from './eval-parse.ts';
import { fetchHost } from './fetch-host.ts';
import { fileRead } from './file-read.ts';
import { fileWrite } from './file-write.ts';
import { htmlList } from './html-list.ts';
import { htmlPage } from './html-page.ts';
import { logLine } from './log-line.ts';
import { patternCheck } from './pattern-check.ts';
import { randomCode } from './random-code.ts';
import { redirectBack } from './redirect-back.ts';
import { restoreObject } from './restore-object.ts';
import { setOption } from './set-option.ts';
import { shellEach } from './shell-each.ts';
import { shellOne } from './shell-one.ts';
import { shellTwo } from './shell-two.ts';
import { signingKey } from './signing-key.ts';
import { sqlDeleteRows } from './sql-delete-rows.ts';
import { sqlFindRow } from './sql-find-row.ts';
import { sqlSearchRows } from './sql-search-rows.ts';
import { tokenPayload } from './token-payload.ts';
import { weakDigest } from './weak-digest.ts';
import { xmlElement } from './xml-element.ts';

export const FAMILIES: readonly Family[] = [
  sqlFindRow,
  sqlSearchRows,
  sqlDeleteRows,
  shellOne,
  shellTwo,
  shellEach,
  fileRead,
  fileWrite,
  htmlPage,
  htmlList,
  xmlElement,
  evalParse,
  restoreObject,
  weakDigest,
  randomCode,
  signingKey,
  redirectBack,
  fetchHost,
  setOption,
  patternCheck,
  logLine,
  tokenPayload,
  errorReply,
];

export const TRAINING_FAMILIES = FAMILIES.filter((family) => !family.heldOut);
export const HELD_OUT_FAMILIES = FAMILIES.filter((family) => family.heldOut);

export const familyById = (id: string): Family | undefined =>
  FAMILIES.find((family) => family.id === id);
