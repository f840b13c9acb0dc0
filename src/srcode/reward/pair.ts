/**
 * @file Channel `pair`: what repair pairs teach. Lexemes that fixes insert are secure patterns (+), those they delete are
 * vulnerable ones (-). A pattern that occurs on the other side too is no evidence: it is dropped when it occurs in its own
 * pair's other version, or in more than a quarter as many other versions as versions of its own side.
 */
import { lexemesOf } from '../../code/lexer.ts';
import { localNames } from '../../code/local-names.ts';
import { withoutComments } from '../../code/normalise.ts';
import type { Attribution } from '../../data/token-rewards.ts';
import type { ProgramContext, RewardChannel } from './channel.ts';
import { createMatcher, type PatternMatch, type PatternMatcher } from './pattern-matcher.ts';
import type { LexemePattern } from './lexeme-pattern.ts';
import { patternKey, patternsOf, type RewardPair } from './patterns.ts';

const OTHER_SIDE_SHARE = 0.25;

export interface PairChannel extends RewardChannel {
  readonly patterns: readonly LexemePattern[];
}

export function createPairChannel(pairs: readonly RewardPair[]): PairChannel {
  const patterns = telling(distinct(pairs.flatMap(patternsOf)), pairs);
  const matcher = createMatcher(patterns);
  const confidence = new Map(pairs.map((pair) => [pair.id, pair.confidence ?? 1]));
  const amountOf = (pattern: LexemePattern): number =>
    (pattern.secure ? 1 : -1) * pattern.share * (confidence.get(pattern.pairId) ?? 1);
  return {
    name: 'pair',
    patterns,
    attribute: (batch) => batch.map((context) => attribute(context, matcher, patterns, amountOf)),
  };
}

/** Of equal patterns the most valuable. */
function distinct(patterns: readonly LexemePattern[]): LexemePattern[] {
  const byKey = new Map<string, LexemePattern>();
  for (const pattern of patterns) {
    const key = `${pattern.secure} ${patternKey(pattern)}`;
    const known = byKey.get(key);
    if (known === undefined || known.share < pattern.share) byKey.set(key, pattern);
  }
  return [...byKey.values()];
}

/** Drops what also occurs on the other side. All patterns over all code of the pairs, in one pass. */
function telling(
  patterns: readonly LexemePattern[],
  pairs: readonly RewardPair[],
): LexemePattern[] {
  const matcher = createMatcher(patterns);
  const same = new Int32Array(patterns.length);
  const other = new Int32Array(patterns.length);
  const contradicted = new Set<number>();
  for (const pair of pairs)
    for (const secureSide of [true, false]) {
      const lexemes = withoutComments(
        lexemesOf(pair.language, secureSide ? pair.fixed : pair.vulnerable),
      );
      const found = new Set(
        matcher.match(lexemes, localNames(pair.language, lexemes)).map((match) => match.pattern),
      );
      for (const index of found) {
        const pattern = patterns[index]!;
        if (pattern.secure === secureSide) same[index] = same[index]! + 1;
        else {
          other[index] = other[index]! + 1;
          if (pattern.pairId === pair.id) contradicted.add(index);
        }
      }
    }
  return patterns.filter(
    (_, index) => !contradicted.has(index) && other[index]! <= OTHER_SIDE_SHARE * same[index]!,
  );
}

function attribute(
  context: ProgramContext,
  matcher: PatternMatcher,
  patterns: readonly LexemePattern[],
  amountOf: (pattern: LexemePattern) => number,
): Attribution[] {
  const { lexemes } = context;
  const length = ({ pattern }: PatternMatch): number => patterns[pattern]!.texts.length;
  // The longest pattern speaks; shorter ones on the same changed lexemes say nothing new.
  const matches = matcher
    .match(lexemes, context.locals)
    .sort((a, b) => length(b) - length(a) || a.start - b.start || a.pattern - b.pattern);
  const taken = new Uint8Array(lexemes.length);
  const attributions: Attribution[] = [];
  for (const match of matches) {
    const pattern = patterns[match.pattern]!;
    const from = match.start + pattern.core.start;
    const to = match.start + pattern.core.end;
    let free = 0;
    for (let i = from; i < to; i++) if (taken[i] === 0) free++;
    if (free * 2 < to - from) continue;
    taken.fill(1, from, to);
    attributions.push({
      start: lexemes[from]!.start,
      end: lexemes[to - 1]!.end,
      channel: 'pair',
      rule: `pair:${pattern.pairId}:${match.pattern}`,
      amount: amountOf(pattern),
      why: pattern.secure
        ? `a fix wrote this (pair ${pattern.pairId}): ${pattern.excerpt}`
        : `a fix removed this (pair ${pattern.pairId}): ${pattern.excerpt}`,
    });
  }
  return attributions;
}
