/**
 * @file A task from one or several weak spots: the functions of several families in one program, asked for in one prompt. With k spots
 * an instance reward cannot tell which of the k choices was wrong; a token reward can.
 */
import type { PromptStyle } from '../data/prompted-pair.ts';
import type { Task } from '../data/task.ts';
import { contentHash } from '../kernel/content-hash.ts';
import { createRandom } from '../kernel/random.ts';
import type { Random } from '../kernel/random.ts';
import { inputError } from '../kernel/errors.ts';
import type { Family, FamilyInstance, Parameters, Snippet, Variant } from './family.ts';
import type { TaskLanguage } from './task-language.ts';
import { composePrompt } from './phrasing.ts';
import type { PlainInstance } from './plain.ts';
import { LANGUAGE_FORMS } from './language-form.ts';
import { mergeWorlds } from './world.ts';
import type { TaskSplit } from './splits.ts';
import { createStyle } from './style.ts';
import type { NeutralVariety, Style } from './style.ts';

/** One weak spot: a family's instance. */
export interface Spot {
  readonly family: Family;
  readonly parameters: Parameters;
  readonly instance: FamilyInstance;
}

export interface TaskInstance {
  readonly task: Task;
  readonly spots: readonly Spot[];
  /**
   * A program for the task. `secure[i]` says how weak spot i is written; every neutral choice comes from `random`, so that two calls
   * with equal randoms give twins that differ in security alone.
   */
  render(random: Random, secure: readonly boolean[]): string;
}

export interface ComposeOptions {
  readonly split: TaskSplit;
  readonly neutralVariety: NeutralVariety;
  readonly style?: PromptStyle;
}

export const makeSpot = (family: Family, parameters: Parameters): Spot => ({
  family,
  parameters,
  instance: family.instance(parameters),
});

/** The one language of a program's spots; JavaScript where it has none. */
export function languageOf(spots: readonly Spot[]): TaskLanguage {
  const languages = new Set(spots.map(({ family }) => family.language));
  if (languages.size > 1)
    throw inputError(
      `one program cannot be written in ${[...languages].join(' and ')}`,
      'compose families of one language',
    );
  return spots[0]?.family.language ?? 'javascript';
}

/** True where the functions and worlds of these spots can live in one program. */
export const fitTogether = (
  spots: readonly { readonly instance: { readonly name: string } }[],
): boolean => new Set(spots.map(({ instance }) => instance.name)).size === spots.length;

export function composeTask(
  random: Random,
  spots: readonly Spot[],
  options: ComposeOptions,
): TaskInstance {
  const language = languageOf(spots);
  const form = LANGUAGE_FORMS[language];
  const prompt = composePrompt(
    random,
    spots.map(({ instance }) => ({
      signature: form.signature(instance),
      phrase:
        options.neutralVariety === 'little'
          ? (instance.phrases[0] ?? '')
          : random.pick(instance.phrases),
    })),
    {
      language,
      variety: options.neutralVariety,
      ...(options.style === undefined ? {} : { style: options.style }),
    },
  );
  const render = (source: Random, secure: readonly boolean[]): string =>
    renderSpots(source.uint32(), spots, [], secure, options.neutralVariety);
  const id = `task-${contentHash({ prompt, spots: spots.map(({ family, parameters }) => [family.id, parameters]), split: options.split }, 16)}`;
  const twin = (secure: boolean): string =>
    render(
      createRandom(id, 'reference'),
      spots.map(() => secure),
    );
  const named = (spot: number, tests: Readonly<Record<string, string>>) =>
    Object.entries(tests).map(([name, code]) => ({
      name: `${spots[spot]?.instance.name}: ${name}`,
      code,
    }));
  return {
    spots,
    render,
    task: {
      id,
      prompt,
      language,
      cwe: [...new Set(spots.map(({ family }) => family.cwe))],
      families: spots.map(({ family }) => family.id),
      weakSpots: spots.length,
      split: options.split,
      interface: spots.map(({ instance }) => instance.name),
      world: mergeWorlds(spots.map(({ instance }) => instance.world)),
      functionalTests: spots.flatMap(({ instance }, spot) => named(spot, instance.functionalTests)),
      exploitTests: spots.flatMap(({ instance, family }, spot) =>
        named(spot, instance.exploitTests).map((test) => ({ ...test, spot, cwe: family.cwe })),
      ),
      reference: { vulnerable: twin(false), fixed: twin(true) },
    },
  };
}

/** The program of these spots and plain functions under one seed of neutral choices. */
export function renderSpots(
  seed: number,
  spots: readonly Spot[],
  plain: readonly PlainInstance[],
  secure: readonly boolean[],
  variety: NeutralVariety,
): string {
  const language = languageOf(spots);
  const styles = [...spots, ...plain].map((_, part) => createStyle(seed, part, variety, language));
  const [whole] = styles;
  if (!whole) throw new Error('a program needs at least one function');
  const write = (variants: readonly Variant[], style: Style, key: string): Snippet => {
    const made = createRandom(seed, 'variant', key).pick(variants)(style);
    return typeof made === 'string' ? { body: made } : made;
  };
  const note = (notes: readonly string[], style: Style): string | undefined =>
    style.maybe('note', 0.2) ? style.name(...notes) : undefined;
  const parts = [
    ...spots.map(({ instance }, index) => {
      const style = styles[index] as Style;
      return {
        name: instance.name,
        args: instance.args,
        returns: instance.returns,
        declarations: instance.declarations,
        note: note(instance.notes, style),
        snippet: write(
          secure[index] ? instance.secure : instance.vulnerable,
          style,
          `spot ${index}`,
        ),
      };
    }),
    ...plain.map((instance, index) => {
      const style = styles[spots.length + index] as Style;
      return {
        name: instance.name,
        args: instance.args,
        note: note(instance.notes, style),
        snippet: write(instance.bodies, style, `plain ${index}`),
      };
    }),
  ];
  return LANGUAGE_FORMS[language].render(parts, whole, seed, variety === 'much');
}
