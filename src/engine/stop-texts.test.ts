import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerText, stopPatterns, textBeforeStop } from './stop-texts.ts';

/** Adds pieces until a stop text is found. @returns text before it, and how many pieces that took. */
function follow(pieces: readonly Uint8Array[], stops: readonly string[]) {
  const answer = new AnswerText(stopPatterns(stops));
  let said = '';
  for (const [index, piece] of pieces.entries()) {
    said += answer.add(piece);
    if (answer.stopped) return { said, pieces: index + 1, stopped: true };
  }
  said += answer.end();
  return { said, pieces: pieces.length, stopped: answer.stopped };
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const words = (...texts: string[]): Uint8Array[] => texts.map(bytes);

/** Cuts bytes after the given lengths, repeated. */
function cut(whole: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < whole.length; at += lengths[(pieces.length - 1) % lengths.length] as number)
    pieces.push(whole.subarray(at, at + (lengths[pieces.length % lengths.length] as number)));
  return pieces;
}

/** By search: where the first match to end begins and ends, of several the longest. */
function firstMatch(text: string, stops: readonly string[]) {
  for (let end = 1; end <= text.length; end++) {
    const ending = stops.filter((stop) => text.slice(0, end).endsWith(stop));
    if (ending.length > 0)
      return { start: end - Math.max(...ending.map((stop) => stop.length)), end };
  }
  return undefined;
}

describe('a stop text', () => {
  it('is found across tokens, and at the very beginning', () => {
    expect(follow(words('let x', ';\n', '\nfun', 'ction'), ['\n\nf'])).toEqual({
      said: 'let x;',
      pieces: 3,
      stopped: true,
    });
    expect(follow(words('``', '`', 'js'), ['```'])).toEqual({ said: '', pieces: 2, stopped: true });
  });

  it('is found where its characters are split over tokens', () => {
    const pieces = cut(bytes('ab→🦀cd'), [1]);
    // a, b, three bytes, four bytes
    expect(follow(pieces, ['→🦀'])).toEqual({ said: 'ab', pieces: 9, stopped: true });
    // "↓" shares its first bytes with the arrow, and is not it.
    expect(follow(pieces, ['↓'])).toEqual({ said: 'ab→🦀cd', pieces: 11, stopped: false });
  });

  it('that ends first counts, of several that end together the longest', () => {
    expect(follow(words('xabcd'), ['abcd', 'bc']).said).toBe('xa');
    expect(follow(words('xabcd'), ['bc', 'abc']).said).toBe('x');
  });

  it('is held back while it may still come, and given when it does not', () => {
    const answer = new AnswerText(stopPatterns(['ENDE']));
    expect(answer.add(bytes('the EN'))).toBe('the ');
    expect(answer.add(bytes('D'))).toBe('');
    expect(answer.add(bytes(' EN'))).toBe('END ');
    expect(answer.end()).toBe('EN');
    expect(answer.stopped).toBe(false);
  });

  it('must say something', () => {
    expect(() => stopPatterns(['a', ''])).toThrow(/stop\[1\] is empty/);
  });

  it('is found where a search finds it, however the text is cut', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é', '→', '🦀') });
    const stop = fc.string({
      unit: fc.constantFrom('a', 'b', 'é', '→'),
      minLength: 1,
      maxLength: 4,
    });
    const lengths = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 });
    fc.assert(
      fc.property(text, fc.array(stop, { maxLength: 3 }), lengths, (whole, stops, sizes) => {
        const match = firstMatch(whole, stops);
        const pieces = cut(bytes(whole), sizes);
        const found = follow(pieces, stops);
        expect(found.stopped).toBe(match !== undefined);
        expect(found.said).toBe(whole.slice(0, match?.start));
        expect(textBeforeStop(whole, stops)).toBe(found.said);
        if (!match) return;
        const needed = bytes(whole.slice(0, match.end)).length;
        const upTo = (count: number): number =>
          pieces.slice(0, count).reduce((sum, piece) => sum + piece.length, 0);
        expect(upTo(found.pieces)).toBeGreaterThanOrEqual(needed);
        expect(upTo(found.pieces - 1)).toBeLessThan(needed);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves bytes that are no text as any decoder shows them', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.integer({ min: 1, max: 4 }), (noise, size) => {
        expect(follow(cut(noise, [size]), ['never said']).said).toBe(
          Buffer.from(noise).toString('utf8'),
        );
      }),
    );
  });
});
