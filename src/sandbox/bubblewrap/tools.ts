/** @file The programs the sandbox needs, as the probe found them. */

export interface BubblewrapTools {
  readonly bwrap: string;
  /** Present when we are root and must stop being so before anything else. */
  readonly setpriv: string | null;
  readonly python: string;
  readonly gcc: string | null;
  readonly clang: string | null;
  readonly node: string | null;
  /** Folders outside /usr that the Python needs. */
  readonly readOnlyFolders: readonly string[];
  readonly canDisableUserNamespaces: boolean;
  readonly canLimitTmpfs: boolean;
}
