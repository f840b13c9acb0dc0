/** @file The command line's flags as settings of `build.yaml`, so that one schema checks both. */

/** Flag -> key of the configuration. */
const SETTINGS: Readonly<Record<string, string>> = {
  input: 'input',
  format: 'format',
  output: 'output',
  teacher: 'teacher.kind',
  model: 'teacher.model',
  baseUrl: 'teacher.baseUrl',
  apiKeyVariable: 'teacher.apiKeyVariable',
  budgetTokens: 'teacher.budgetTokens',
  budgetUsd: 'teacher.budgetUsd',
  cache: 'teacher.cache',
  threshold: 'reflection.threshold',
  shard: 'shard',
  limit: 'limit',
  strict: 'strict',
  seed: 'seed',
};

/** "key=value" for every flag that was given. */
export const settingsOf = (flags: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(SETTINGS)
    .filter(([flag]) => flags[flag] !== undefined)
    .map(([flag, key]) => unquoteNumber(`${key}=${JSON.stringify(flags[flag])}`));

/** Numbers reach the command line as text; the schema wants numbers. */
const unquoteNumber = (setting: string): string =>
  setting.replace(/^((?:teacher\.budget\w+|reflection\.threshold|limit|seed)=)"([^"]*)"$/, '$1$2');
