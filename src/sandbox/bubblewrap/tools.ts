/** @file The programs the sandbox needs, as the probe found them. */

export interface BubblewrapTools {
  readonly bwrap: string;
  readonly python: string;
  /** Where this Python finds installed packages, in its order. */
  readonly pythonPath: readonly string[];
  readonly gcc: string | null;
  readonly clang: string | null;
  readonly node: string | null;
  /** Folders outside /usr that the Python needs. */
  readonly readOnlyFolders: readonly string[];
  readonly canDisableUserNamespaces: boolean;
  readonly canLimitTmpfs: boolean;
}
