/**
 * @file Gate: the fix adds no comment that tells a reader (or a model that learns from it) that this is a security fix:
 * "fixed CVE-2020-1", "prevents injection". Comments that the original already had may stay.
 */
import { fail, pass, type Gate } from './gate.ts';

const GIVE_AWAY =
  /\bCVE-\d|\bCWE-?\d|\bsecur(?:e|ity|ed)\b|\binsecure\b|\bvulnerab|\bexploit|\battack(?:er|s)?\b|\binjection\b|\bXSS\b|\bsanitiz|\bmalicious\b|\bover(?:flow|run|read)\b|\bout[- ]of[- ]bounds?\b|\buse[- ]after[- ]free\b|\b(?:path|directory) traversal\b|\bpatch(?:ed)?\b|\bfix(?:ed|es)?\b/i;

/** The words that give a comment away, or undefined. */
export const givesAway = (comment: string): string | undefined => GIVE_AWAY.exec(comment)?.[0];

export const giveAwayGate: Gate = {
  name: 'give-away',
  check({ before, after }) {
    const known = new Set(before.comments.map((comment) => normalise(comment.text)));
    for (const comment of after.comments) {
      const hit = givesAway(comment.text);
      if (hit !== undefined && !known.has(normalise(comment.text)))
        return fail(
          `the fix adds a comment that gives it away: "${hit}" in "${shorten(comment.text)}"`,
        );
    }
    return pass();
  },
};

const normalise = (text: string): string => text.replace(/\s+/g, ' ');
const shorten = (text: string): string => {
  const line = normalise(text);
  return line.length > 80 ? `${line.slice(0, 77)}...` : line;
};
