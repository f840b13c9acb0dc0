/** @file API keys come from the environment only, by the name of a variable; the name may be shown, the value never. */
import { missingError } from '../kernel/errors.ts';

export function requireApiKey(
  variable: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const key = environment[variable]?.trim();
  if (!key)
    throw missingError(
      `the environment variable ${variable} is not set`,
      `export ${variable}=... with the key of the teacher's server, or use --teacher offline`,
    );
  return key;
}

export const wrongKeyError = (variable: string, status: number): Error =>
  missingError(
    `the teacher's server refused the key in ${variable} (HTTP ${status})`,
    `check ${variable}; nothing that was answered is lost, run the same command again`,
  );
