/** @file All families, in a fixed order (their ids, not this order, decide what a seed draws). */
import type { Family } from '../family.ts';
import type { TaskLanguage } from '../task-language.ts';
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
import { resetLink } from './reset-link.ts';
import { restoreObject } from './restore-object.ts';
import { sessionStart } from './session-start.ts';
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
import { cAverage } from './c-average.ts';
import { cCopyText } from './c-copy-text.ts';
import { cFormat } from './c-format.ts';
import { cFreeList } from './c-free-list.ts';
import { cItemAt } from './c-item-at.ts';
import { cJoinTexts } from './c-join-texts.ts';
import { cReset } from './c-reset.ts';
import { cStack } from './c-stack.ts';
import { cTable } from './c-table.ts';
import { cValueOf } from './c-value-of.ts';
import { pythonDigest } from './python-digest.ts';
import { pythonFileRead } from './python-file-read.ts';
import { pythonHtml } from './python-html.ts';
import { pythonKeyFile } from './python-key-file.ts';
import { pythonLiteral } from './python-literal.ts';
import { pythonPack } from './python-pack.ts';
import { pythonPattern } from './python-pattern.ts';
import { pythonRandom } from './python-random.ts';
import { pythonSeal } from './python-seal.ts';
import { pythonShell } from './python-shell.ts';
import { pythonSqlFind } from './python-sql-find.ts';
import { pythonTempFile } from './python-temp-file.ts';
import { pythonTemplate } from './python-template.ts';

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
  cAverage,
  cCopyText,
  cFormat,
  cFreeList,
  cItemAt,
  cJoinTexts,
  cReset,
  cTable,
  cValueOf,
  pythonDigest,
  pythonFileRead,
  pythonHtml,
  pythonKeyFile,
  pythonLiteral,
  pythonPack,
  pythonPattern,
  pythonRandom,
  pythonShell,
  pythonSqlFind,
  pythonTempFile,
  pythonTemplate,
  sessionStart,
  resetLink,
  pythonSeal,
  cStack,
];

/** Families of one language that may be trained on. */
export const trainingFamilies = (language: TaskLanguage): readonly Family[] =>
  FAMILIES.filter((family) => family.language === language && !family.heldOut && !family.extra);

/** Families of one language that are never trained on. */
export const heldOutFamilies = (language: TaskLanguage): readonly Family[] =>
  FAMILIES.filter((family) => family.language === language && family.heldOut && !family.extra);

/** The embedded model's language is JavaScript. */
export const TRAINING_FAMILIES = trainingFamilies('javascript');
export const HELD_OUT_FAMILIES = heldOutFamilies('javascript');
