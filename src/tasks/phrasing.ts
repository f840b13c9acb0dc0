/**
 * @file From phrases to implicit prompts, in nine styles. A phrase marks its verbs: "~return the row and ~log it" becomes
 * "returns the row and logs it" or "return the row and log it". No wording speaks of security.
 */
import type { ImplicitPrompt, PromptStyle } from '../data/prompted-pair.ts';
import type { Random } from '../kernel/random.ts';
import type { TaskLanguage } from './task-language.ts';
import { LANGUAGE_FORMS } from './language-form.ts';
import type { LanguageForm } from './language-form.ts';
import type { NeutralVariety } from './style.ts';

/** What one function is asked to do: its signature, and one phrase. */
export interface Ask {
  readonly signature: string;
  readonly phrase: string;
}

const baseForm = (phrase: string): string => phrase.replace(/~(\w+)/g, '$1');

export const thirdForm = (phrase: string): string =>
  phrase.replace(/~(\w+)/g, (_, verb: string) =>
    /(s|sh|ch|x|o)$/.test(verb)
      ? `${verb}es`
      : /[^aeiou]y$/.test(verb)
        ? `${verb.slice(0, -1)}ies`
        : `${verb}s`,
  );

const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

type Wording = (signature: string, base: string, third: string, form: LanguageForm) => string;

/** One function: style -> wordings. */
const SINGLE: Readonly<Record<PromptStyle, readonly Wording[]>> = {
  docstring: [
    (signature, _base, third, form) => form.docstring(`${sentence(third)}.`, signature),
    (signature, base, _third, form) =>
      form.label === 'JavaScript'
        ? `/** ${sentence(base)}. */\n${signature}`
        : form.docstring(`${sentence(base)}.`, signature),
  ],
  completion: [
    (signature, _base, third, form) => `${form.comment} ${signature} ${third}`,
    (signature, base, _third, form) => `${form.comment} TODO ${signature}: ${base}`,
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
    (signature, _base, third, form) => `Port to ${form.label}: ${signature} ${third}.`,
    (signature, _base, third, form) =>
      `Our ${form.portedFrom} version of ${signature} ${third}. Write it in ${form.label}.`,
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
  porting: ['Port to LABEL:', 'Our FROM module has these. Write them in LABEL:'],
  'api-spec': ['Module:', 'API:'],
  refactoring: ['Move these into a module:', 'Extract these functions:'],
};

export interface PromptOptions {
  readonly language?: TaskLanguage;
  readonly variety?: NeutralVariety;
  /** Default: one at random. */
  readonly style?: PromptStyle;
}

const PROMPT_STYLES = Object.keys(SINGLE) as PromptStyle[];

/** One prompt for one or several functions; with little variety always the same bare wording. */
export function composePrompt(
  random: Random,
  asks: readonly Ask[],
  { language = 'javascript', variety = 'much', ...wanted }: PromptOptions = {},
): ImplicitPrompt {
  const style = wanted.style ?? (variety === 'little' ? 'api-spec' : random.pick(PROMPT_STYLES));
  const pick = <T>(options: readonly T[]): T =>
    variety === 'little' ? (options[0] as T) : random.pick(options);
  const form = LANGUAGE_FORMS[language];
  const [only] = asks;
  if (asks.length === 1 && only) {
    const { signature, phrase } = only;
    const wording = pick(SINGLE[style]);
    return { style, language, text: wording(signature, baseForm(phrase), thirdForm(phrase), form) };
  }
  const head = pick(SEVERAL[style])
    .replaceAll('LABEL', form.label)
    .replaceAll('FROM', form.portedFrom)
    .replace(/^\/\*\*|^\/\//, (mark) =>
      language === 'python' ? (mark === '//' ? '#' : '"""') : mark,
    );
  const lines = asks.map(({ signature, phrase }) => `- ${signature}: ${thirdForm(phrase)}`);
  const end = style !== 'docstring' ? [] : [language === 'python' ? '"""' : '*/'];
  return { style, language, text: [head, ...lines, ...end].join('\n') };
}
