/** @file Joins the worlds of several weak spots; where two fill the same table or file, the first one's stays. */
import type { HostWorld } from '../data/task.ts';

export function mergeWorlds(worlds: readonly HostWorld[]): HostWorld {
  const merge = <T>(parts: readonly (Record<string, T> | undefined)[]): Record<string, T> =>
    Object.assign({}, ...[...parts].reverse());
  return {
    files: merge(worlds.map((world) => world.files)),
    tables: merge(worlds.map((world) => world.tables)),
    routes: merge(worlds.map((world) => world.routes)),
    environment: merge(worlds.map((world) => world.environment)),
  };
}

/** True where no two worlds fill the same place differently, so that every spot's tests still mean what they say. */
export function worldsFit(worlds: readonly HostWorld[]): boolean {
  const seen = new Map<string, string>();
  for (const world of worlds)
    for (const [kind, places] of Object.entries(world))
      for (const [place, content] of Object.entries(places ?? {})) {
        const key = `${kind} ${place}`;
        const text = JSON.stringify(content);
        if (seen.has(key) && seen.get(key) !== text) return false;
        seen.set(key, text);
      }
  return true;
}
