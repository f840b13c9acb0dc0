/** @file eslint and its plugins from the user's own project: the working folder, or VUL2SAFE_ESLINT_PROJECT. Run in process. */
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { missingError } from '../../kernel/errors.ts';

interface EslintModule {
  readonly Linter: (new (options: object) => EslintLinter) & { readonly version?: string };
}

export interface EslintLinter {
  verify(code: string, config: readonly object[], options: object): unknown;
}

const projectFolder = (): string => resolve(process.env.VUL2SAFE_ESLINT_PROJECT ?? '.');

/** undefined where the project does not have the package. */
export async function loadFromProject(name: string): Promise<Record<string, unknown> | undefined> {
  const from = createRequire(join(projectFolder(), 'package.json'));
  let path: string;
  try {
    path = from.resolve(name);
  } catch {
    return undefined;
  }
  const loaded = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  return (loaded.default ?? loaded) as Record<string, unknown>;
}

/** Throws a "missing" error where this eslint is too old to have a Linter of flat configurations. */
export function openLinter(eslint: Record<string, unknown>): {
  readonly linter: EslintLinter;
  readonly version: string;
} {
  const { Linter } = eslint as unknown as EslintModule;
  if (typeof Linter !== 'function')
    throw missingError(`eslint in ${projectFolder()} has no Linter`, 'install eslint 9 or later');
  return { linter: new Linter({ configType: 'flat' }), version: Linter.version ?? '0' };
}
