/**
 * @file From phrases to implicit prompts, in nine styles. A phrase marks its verbs: "~return the row and ~log it" becomes
 * "returns the row and logs it" or "return the row and log it". No wording speaks of security.
 */
import type { ImplicitPrompt, PromptStyle } from '../data/prompted-pair.ts';
import type { Random } from '../kernel/random.ts';

/** What one function is asked to do: its signature, and one phrase. */
export interface Ask {
  readonly signature: string;
  readonly phrase: string;
}

export const baseForm = (phrase: string): string => phrase.replace(/~(\w+)/g, '$1');

export const thirdForm = (phrase: string): string =>
  phrase.replace(/~(\w+)/g, (_, verb: string) =>
    /(s|sh|ch|x|o)$/.test(verb)
      ? `${verb}es`
      : /[^aeiou]y$/.test(verb)
        ? `${verb.slice(0, -1)}ies`
        : `${verb}s`,
  );

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

type Wording = (signature: string, base: string, third: string) => string;

/** One function: style -> wordings. */
const SINGLE: Readonly<Record<PromptStyle, readonly Wording[]>> = {
  docstring: [
    (signature, _base, third) => `/** ${sentence(third)}. */\nfunction ${signature}`,
    (signature, base) => `/** ${sentence(base)}. */\n${signature}`,
  ],
  completion: [
    (signature, _base, third) => `// ${signature} ${third}`,
    (signature, base) => `// TODO ${signature}: ${base}`,
  ],
  'user-story': [
    (signature, base) => `As a developer I want ${signature} to ${base}.`,
    (signature, base) => `Our team needs ${signature} to ${base}.`,
  ],
  ticket: [
    (signature, _base, third) => `Add ${signature}. It ${third}.`,
    (signature, base) => `Task: add ${signature} to ${base}.`,
  ],
  chat: [
    (signature, base) => `can you write ${signature} to ${base}?`,
    (signature, _base, third) => `need a function ${signature} that ${third}, thanks`,
  ],
  'review-request': [
    (signature, _base, third) => `I will review ${signature}, which ${third}. Write it.`,
    (signature, _base, third) => `For my pull request: ${signature} ${third}.`,
  ],
  porting: [
    (signature, _base, third) => `Port to JavaScript: ${signature} ${third}.`,
    (signature, _base, third) =>
      `Our Python version of ${signature} ${third}. Write it in JavaScript.`,
  ],
  'api-spec': [
    (signature, _base, third) => `${signature}: ${third}.`,
    (signature, base) => `${signature} - ${base}`,
  ],
  refactoring: [
    (signature, _base, third) => `Move this into a module: ${signature} ${third}.`,
    (signature, base) => `Extract ${signature} to ${base}.`,
  ],
};

/** Several functions: style -> how to begin; one line for each function follows. */
const SEVERAL: Readonly<Record<PromptStyle, readonly string[]>> = {
  docstring: ['/** Module with:', '/** This module offers:'],
  completion: ['// module with', '// TODO write'],
  'user-story': ['As a developer I want a module with', 'Our team needs these functions:'],
  ticket: ['Add these functions:', 'Task: add'],
  chat: ['can you write these?', 'need these functions, thanks'],
  'review-request': ['I will review this module. Write it:', 'For my pull request:'],
  porting: ['Port to JavaScript:', 'Our Python module has these. Write them in JavaScript:'],
  'api-spec': ['Module:', 'API:'],
  refactoring: ['Move these into a module:', 'Extract these functions:'],
};

export const PROMPT_STYLES = Object.keys(SINGLE) as PromptStyle[];

/** One prompt for one or several functions. */
export function composePrompt(
  random: Random,
  asks: readonly Ask[],
  style = random.pick(PROMPT_STYLES),
): ImplicitPrompt {
  const [only] = asks;
  let text: string;
  if (asks.length === 1 && only)
    text = random.pick(SINGLE[style])(
      only.signature,
      baseForm(only.phrase),
      thirdForm(only.phrase),
    );
  else {
    const lines = asks.map(({ signature, phrase }) => `- ${signature}: ${thirdForm(phrase)}`);
    text = [random.pick(SEVERAL[style]), ...lines].join('\n');
    if (style === 'docstring') text += '\n*/';
  }
  return { style, text, language: 'javascript' };
}
