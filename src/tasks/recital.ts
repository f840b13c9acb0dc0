/**
 * @file Recitals: plain functions that only hand back what the prompt names: paths, hosts, numbers, lists of words. They are never tasks;
 * in the base model's corpus they teach a small model to copy from its prompt exactly, which every family needs and no family teaches
 * fast. Ours.
 */
import { upper } from './family.ts';
import { definePlain, type PlainKind } from './plain.ts';
import { COLUMNS, FIELDS, FOLDERS, HOSTS, plural, THINGS } from './words.ts';

const WORDS = [
  ...new Set<string>([
    ...THINGS,
    ...COLUMNS,
    ...FIELDS,
    ...FOLDERS.flatMap((folder) => folder.slice(1).split('/')),
  ]),
];
const NUMBERS = [
  '10',
  '100',
  '1000',
  '10000',
  '100000',
  '1000000',
  '10000000',
  '100000000',
  '25',
  '250',
  '4096',
  '30',
  '365',
  '7',
  '12',
  '5000',
];
const VERBS = ['get', 'list', 'show', 'make', 'read'];

export const RECITAL_KINDS: readonly PlainKind[] = [
  definePlain(
    'recite-words',
    { verb: VERBS, thing: THINGS, a: WORDS, b: WORDS, c: WORDS },
    ({ verb, thing, a, b, c }) => ({
      name: `${verb}${upper(thing)}${upper(b)}Words`,
      args: [],
      phrases: [
        `~return the words ${a}, ${b} and ${c}`,
        `~give the list ${a}, ${b}, ${c}`,
        `~list ${a} and ${b} and ${c}`,
      ],
      notes: ['fixed words'],
      bodies: [(s) => s.returns(`['${a}', '${b}', '${c}']`)],
    }),
  ),
  definePlain(
    'recite-path',
    { verb: VERBS, folder: FOLDERS, thing: THINGS, word: WORDS },
    ({ verb, folder, thing, word }) => ({
      name: `${verb}${upper(thing)}Path`,
      args: [],
      phrases: [
        `~return the path ${folder}/${word}.txt`,
        `~give the path of ${word}.txt in folder ${folder}`,
        `~say where ${word}.txt lies, in ${folder}`,
      ],
      notes: ['where it lies'],
      bodies: [(s) => s.returns(`'${folder}/${word}.txt'`)],
    }),
  ),
  definePlain(
    'recite-host',
    { verb: VERBS, host: HOSTS, thing: THINGS, word: WORDS },
    ({ verb, host, thing, word }) => ({
      name: `${verb}${upper(plural(thing))}Address`,
      args: [],
      phrases: [
        `~return the address of ${word} on host ${host}`,
        `~give the https url of ${word} at ${host}`,
      ],
      notes: ['an address'],
      bodies: [(s) => s.returns(`'https://${host}/${word}'`)],
    }),
  ),
  definePlain(
    'recite-range',
    { verb: ['is', 'has', 'fits'], thing: THINGS, low: NUMBERS, high: NUMBERS },
    ({ verb, thing, low, high }) => ({
      name: `${verb}${upper(thing)}InRange`,
      args: ['value'],
      phrases: [
        `~tell whether value is at least ${low} and below ${high}`,
        `~return true for a value from ${low} up to ${high}`,
        `~check that value is between ${low} and ${high}`,
      ],
      notes: ['in range'],
      bodies: [(s) => s.returns(`value >= ${low} && value < ${high}`)],
    }),
  ),
  definePlain(
    'recite-object',
    { verb: VERBS, thing: THINGS, a: FIELDS, b: COLUMNS, word: WORDS, number: NUMBERS },
    ({ verb, thing, a, b, word, number }) => ({
      name: `${verb}${upper(thing)}Defaults`,
      args: [],
      phrases: [
        `~return an object with ${a} ${word} and ${b} ${number}`,
        `~give the defaults, ${a} is ${word} and ${b} is ${number}`,
      ],
      notes: ['defaults'],
      bodies: [(s) => s.returns(`{ ${a}: '${word}', ${b}: ${number} }`)],
    }),
  ),
  definePlain(
    'recite-key',
    { verb: VERBS, thing: THINGS, a: THINGS, b: ['KEY', 'SECRET', 'TOKEN', 'CODE', 'NAME'] },
    ({ verb, thing, a, b }) => ({
      name: `${verb}${upper(thing)}Setting`,
      args: [],
      phrases: [
        `~return env ${a.toUpperCase()}_${b}`,
        `~give the value of env ${a.toUpperCase()}_${b}`,
      ],
      notes: ['from the environment'],
      bodies: [(s) => s.returns(`process.env.${a.toUpperCase()}_${b}`)],
    }),
  ),
];
