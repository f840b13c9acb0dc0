/** @file Building blocks of reports in one place: typed sections in, one self-contained HTML page, terminal lines or CSV out. */
export * from './report/sections.ts';
export { renderReport } from './report/page.ts';
export { tableToCsv, tableToText } from './report/table.ts';
export { explainTokens, pairStory } from './report/programs.ts';
export { percent, signedText } from './report/format.ts';
