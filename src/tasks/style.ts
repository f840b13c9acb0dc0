/**
 * @file Style: the neutral choices of one program, which matter to nobody: how functions are written and exported, quotes, names of
 * locals, helper variables, remarks. A choice depends only on the program's seed and its own key, so that the secure and the
 * vulnerable twin of a program make the same ones.
 */
import { createRandom } from '../kernel/random.ts';
import type { TaskLanguage } from './task-language.ts';

/** little: one way to write functions, no remarks, fixed local names. much: everything below varies. */
export type NeutralVariety = 'little' | 'much';

export type FunctionForm =
  | 'declaration'
  | 'arrow'
  | 'exports-function'
  | 'exports-arrow'
  | 'method';

export interface Style {
  readonly form: FunctionForm;
  readonly quote: "'" | '"';
  readonly declare: 'const' | 'let';
  /** One of several names (or any neutral alternatives); the same for the same options within one program. */
  name(...options: readonly string[]): string;
  /** A neutral yes or no. */
  maybe(key: string, probability?: number): boolean;
  /** `return value;`, sometimes through a helper variable. Not for C, which needs its type. */
  returns(value: string): string;
  /** Whether members are taken out of this module when it is required. */
  destructures(module: string): boolean;
}

export function createStyle(
  seed: number,
  part: number,
  variety: NeutralVariety,
  language: TaskLanguage = 'javascript',
): Style {
  const much = variety === 'much';
  const whole = createRandom(seed, 'style');
  const form = much
    ? whole.pick<FunctionForm>([
        'declaration',
        'declaration',
        'arrow',
        'exports-function',
        'exports-arrow',
        'method',
      ])
    : 'declaration';
  const quote = much && whole.chance(0.35) ? '"' : "'";
  const declare = much && whole.chance(0.2) ? 'let' : 'const';
  const own = (...key: (string | number)[]) => createRandom(seed, part, ...key);
  const name = (...options: readonly string[]): string =>
    much ? own('name', ...options).pick(options) : (options[0] as string);
  return {
    form,
    quote,
    declare,
    name,
    maybe: (key, probability = 0.5) => much && own('maybe', key).chance(probability),
    returns: (value) => {
      const end = language === 'python' ? '' : ';';
      if (!much || !own('returns').chance(0.25)) return `return ${value}${end}`;
      const local = name('result', 'output', 'value');
      const declare = language === 'python' ? '' : 'const ';
      return `${declare}${local} = ${value}${end}\nreturn ${local}${end}`;
    },
    destructures: (module) =>
      module === 'child_process'
        ? !much || createRandom(seed, 'destructures', module).chance(0.75)
        : much && createRandom(seed, 'destructures', module).chance(0.25),
  };
}
