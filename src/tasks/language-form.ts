/** @file What differs between the languages of families: how a signature looks in a prompt, and how a program is put together. */
import type { FamilyInstance } from './family.ts';
import type { TaskLanguage } from './task-language.ts';
import type { ProgramPart } from './program-part.ts';
import { renderC } from './render-c.ts';
import { renderJavaScript } from './render-javascript.ts';
import { renderPython } from './render-python.ts';
import type { Style } from './style.ts';

export interface LanguageForm {
  readonly label: string;
  /** Where the code one "ports" would come from. */
  readonly portedFrom: string;
  readonly signature: (
    instance: Pick<FamilyInstance, 'name' | 'args' | 'returns' | 'declarations'>,
  ) => string;
  /** A doc comment above the bare signature. */
  readonly docstring: (sentence: string, signature: string) => string;
  readonly comment: string;
  readonly render: (
    parts: readonly ProgramPart[],
    style: Style,
    seed: number,
    shuffled: boolean,
  ) => string;
}

export const LANGUAGE_FORMS: Readonly<Record<TaskLanguage, LanguageForm>> = {
  javascript: {
    label: 'JavaScript',
    portedFrom: 'Python',
    signature: ({ name, args }) => `${name}(${args.join(', ')})`,
    docstring: (sentence, signature) => `/** ${sentence} */\nfunction ${signature}`,
    comment: '//',
    render: renderJavaScript,
  },
  python: {
    label: 'Python',
    portedFrom: 'JavaScript',
    signature: ({ name, args }) => `${name}(${args.join(', ')})`,
    docstring: (sentence, signature) => `def ${signature}:\n    """${sentence}"""`,
    comment: '#',
    render: renderPython,
  },
  c: {
    label: 'C',
    portedFrom: 'Pascal',
    signature: ({ name, args, returns, declarations }) =>
      `${declarations === undefined ? '' : `${declarations}\n`}${returns ?? 'void'} ${name}(${args.join(', ') || 'void'})`.replace(
        '* ',
        '*',
      ),
    docstring: (sentence, signature) => `/* ${sentence} */\n${signature};`,
    comment: '//',
    render: renderC,
  },
};
