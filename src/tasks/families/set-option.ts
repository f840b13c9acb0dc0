/** @file CWE-1321: setting one value in a group of an object. */
import { defineFamily, upper } from '../family.ts';
import { THINGS } from '../words.ts';

export const setOption = defineFamily({
  id: 'set-option',
  title: 'set a value in a group',
  cwe: 'CWE-1321',
  description: 'The group name __proto__ reaches the prototype of all objects.',
  pools: {
    thing: THINGS,
    group: ['group', 'section', 'area', 'part'],
    key: ['key', 'name', 'field'],
  },
  instance: ({ thing, group, key }) => {
    const name = `set${upper(thing)}${upper(key)}`;
    const set = (store: string) =>
      `if (!${store}[${group}]) {\n  ${store}[${group}] = {};\n}\n${store}[${group}][${key}] = value;`;
    return {
      name,
      args: [`${thing}`, group, key, 'value'],
      phrases: [
        `~set ${key} to value in the ${group} of ${thing}, creating the ${group} when missing`,
        `~store value under ${group} and ${key} in ${thing}, with a new ${group} if needed`,
        `~put value at ${thing}[${group}][${key}] and ~add a missing ${group}`,
      ],
      notes: ['creates the group', 'set one value'],
      vulnerable: [
        () => set(thing),
        () => `${thing}[${group}] = ${thing}[${group}] || {};\n${thing}[${group}][${key}] = value;`,
        () => `${thing}[${group}] ??= {};\n${thing}[${group}][${key}] = value;`,
      ],
      secure: [
        () =>
          `if (${group} === '__proto__' || ${group} === 'constructor') {\n  return;\n}\n${set(thing)}`,
        () =>
          `if (['__proto__', 'constructor'].includes(${group})) {\n  throw new Error('bad ${group}');\n}\n${thing}[${group}] = ${thing}[${group}] || {};\n${thing}[${group}][${key}] = value;`,
      ],
      world: {},
      functionalTests: {
        'sets in a new group': `const store = host.value({}); program.${name}(store, 'view', 'size', 5); assert.deepEqual(store, { view: { size: 5 } })`,
        'keeps the others': `const store = host.value({ view: { mode: 1 } }); program.${name}(store, 'view', 'size', 5); assert.deepEqual(store, { view: { mode: 1, size: 5 } })`,
      },
      exploitTests: {
        'leaves all other objects alone': `host.attempt(() => program.${name}(host.value({}), '__proto__', 'admin', true)); host.attempt(() => program.${name}(host.value({}), 'constructor', 'admin', true)); assert.equal(host.value({}).admin, undefined); assert.equal(host.global.Object.admin, undefined)`,
      },
    };
  },
});
