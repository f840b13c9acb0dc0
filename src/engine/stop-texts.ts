/**
 * @file Texts that end an answer, looked for while its tokens come: every byte is decoded once and every character compared
 * once (Knuth, Morris and Pratt 1977), however the text is cut into tokens. The match that ends first counts, of several
 * the longest; so where an answer ends depends on its text alone. What may be the beginning of a stop text is held back.
 */
import { usageError } from '../kernel/errors.ts';

/** One stop text, prepared. */
interface Pattern {
  readonly text: string;
  /** [matched units] How many remain matched when the next one differs. */
  readonly fallback: readonly number[];
}

export type StopPatterns = readonly Pattern[];

/** @throws usageError for an empty text, which would end every answer before it begins. */
export function stopPatterns(stops: readonly string[]): StopPatterns {
  const empty = stops.indexOf('');
  if (empty >= 0)
    throw usageError(`stop[${empty}] is empty`, 'leave stop out where no text ends an answer');
  return stops.map((text) => {
    const fallback = [0, 0];
    for (let length = 1; length < text.length; length++)
      fallback.push(extend({ text, fallback }, fallback[length] as number, text[length] as string));
    return { text, fallback };
  });
}

/** Matched units after one more; `matched` is less than the whole. */
function extend({ text, fallback }: Pattern, matched: number, unit: string): number {
  let length = matched;
  while (length > 0 && text[length] !== unit) length = fallback[length] as number;
  return text[length] === unit ? length + 1 : 0;
}

/** The text of one answer under way. */
export class AnswerText {
  private readonly patterns: StopPatterns;
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** [pattern] */
  private readonly matched: number[];
  private held = '';
  private found = false;

  constructor(patterns: StopPatterns) {
    this.patterns = patterns;
    this.matched = patterns.map(() => 0);
  }

  /** Whether a stop text was found; nothing may be added then. */
  get stopped(): boolean {
    return this.found;
  }

  /** @returns the text that is certain now; all that was returned, joined, is the answer before the stop text. */
  add(bytes: Uint8Array): string {
    return this.take(this.decoder.decode(bytes, { stream: true }));
  }

  /** What was held back, once no more bytes come; an unfinished character becomes U+FFFD, as in any decoder. */
  end(): string {
    const rest = this.take(this.decoder.decode()) + this.held;
    this.held = '';
    return rest;
  }

  private take(fresh: string): string {
    const text = this.held + fresh;
    for (let at = this.held.length; at < text.length; at++) {
      let longest = 0;
      this.patterns.forEach((pattern, index) => {
        const matched = extend(pattern, this.matched[index] as number, text[at] as string);
        this.matched[index] = matched;
        if (matched === pattern.text.length) longest = Math.max(longest, matched);
      });
      if (longest === 0) continue;
      this.found = true;
      this.held = '';
      return text.slice(0, at + 1 - longest);
    }
    const certain = text.length - Math.max(0, ...this.matched);
    this.held = text.slice(certain);
    return text.slice(0, certain);
  }
}

/** What a decoded answer says: everything before the stop text that ended it; all of it where none did. */
export function textBeforeStop(text: string, stops: readonly string[]): string {
  const answer = new AnswerText(stopPatterns(stops));
  return answer.add(Buffer.from(text, 'utf8')) + (answer.stopped ? '' : answer.end());
}
