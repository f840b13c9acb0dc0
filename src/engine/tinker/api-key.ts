/** @file The key of a Tinker server: from the environment only, and never shown to a host it is not meant for. */

/**
 * VUL2SAFE_TINKER_API_KEY goes to whatever address is configured. TINKER_API_KEY is the hosted service's, which many have
 * set all the time: it is sent over TLS only, so that a plain-HTTP server inside a cluster never learns it.
 */
export function tinkerKeyFor(
  url: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const own = environment.VUL2SAFE_TINKER_API_KEY;
  if (own) return own;
  return url.startsWith('https:') ? environment.TINKER_API_KEY || undefined : undefined;
}
