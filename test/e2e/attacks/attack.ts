/** @file What an attack is: a program, and the outcomes that count as contained and named. */

export type Outcome =
  | 'passed' // the program itself reports that the attempt was refused
  | 'failed'
  | 'broken'
  | 'time'
  | 'memory'
  | 'output'
  | 'processes';

export interface Attack {
  readonly name: string;
  /** CANARY, HOME, PORT and MARK are replaced: a file that must not be read, the home folder, a listening port of the host, a process name. */
  readonly code: string;
  readonly expect: readonly Outcome[];
}

export const attack = (name: string, expect: string, code: string): Attack => ({
  name,
  expect: expect.split(' ') as Outcome[],
  code,
});
