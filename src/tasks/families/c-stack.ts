/**
 * @file CWE-787 in C, with cooperating edits: a stack of fixed size. Pushing must know when it is full and popping when it is empty;
 * a stack that checks only one of them still leaves its array.
 */
import { defineFamily } from '../family.ts';
import { THINGS } from '../words.ts';

export const cStack = defineFamily({
  id: 'c-stack',
  title: 'push and pop (C)',
  cwe: 'CWE-787',
  language: 'c',
  extra: true,
  description: 'A full stack is written past its end, or an empty one read before its start.',
  pools: {
    thing: THINGS,
    names: ['push pop', 'put take', 'add remove'],
    size: ['4', '8', '16', '32'],
  },
  instance: ({ thing, names, size }) => {
    const [forth = '', back = ''] = names.split(' ');
    const type = `struct ${thing}_stack`;
    const name = `${forth}_${thing}`;
    const inverse = `${back}_${thing}`;
    const full = `if (stack->count >= ${size}) {\n    return -1;\n}\n`;
    const empty = `    if (stack->count <= 0) {\n        return -1;\n    }\n`;
    const pair = (before: string, beforePop: string, how: 'short' | 'long') => () => ({
      body:
        how === 'short'
          ? `${before}stack->items[stack->count++] = value;\nreturn 0;`
          : `${before}stack->items[stack->count] = value;\nstack->count = stack->count + 1;\nreturn 0;`,
      after: `int ${inverse}(${type} *stack) {\n${beforePop}${
        how === 'short'
          ? '    return stack->items[--stack->count];'
          : '    stack->count = stack->count - 1;\n    return stack->items[stack->count];'
      }\n}`,
    });
    const setup = `#include <stdlib.h>\nint ${inverse}(${type} *stack);\n`;
    return {
      name,
      args: [`${type} *stack`, 'int value'],
      returns: 'int',
      declarations: `${type} {\n    int count;\n    int items[${size}];\n};`,
      phrases: [
        `~put value on top of stack, and int ${inverse}(stack) takes it off again; both give -1 when they cannot`,
        `~add value to stack and ~return 0; int ${inverse}(stack) gives the last value back, -1 if there is none`,
        `~push value, ~return 0 or -1; int ${inverse}(stack) pops a value or gives -1`,
      ],
      notes: ['0 or -1'],
      vulnerable: [pair('', '', 'short'), pair(full, '', 'short'), pair('', empty, 'long')],
      secure: [pair(full, empty, 'short'), pair(full, empty, 'long')],
      world: {},
      functionalTests: {
        'last in, first out': `${setup}int main(void) { ${type} *stack = calloc(1, sizeof(*stack)); if (${name}(stack, 3) || ${name}(stack, 5)) return 1; if (${inverse}(stack) != 5) return 2; int last = ${inverse}(stack); free(stack); return last != 3; }`,
      },
      exploitTests: {
        'a full stack takes no more': `${setup}int main(void) { ${type} *stack = calloc(1, sizeof(*stack)); for (int i = 0; i < ${size}; i++) if (${name}(stack, i)) return 1; for (int i = 0; i < 64; i++) if (${name}(stack, i) != -1) return 2; free(stack); return 0; }`,
        'an empty stack gives nothing': `${setup}int main(void) { ${type} *stack = calloc(1, sizeof(*stack)); for (int i = 0; i < 8; i++) if (${inverse}(stack) != -1) return 1; free(stack); return 0; }`,
      },
    };
  },
});
