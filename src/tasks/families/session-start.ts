/**
 * @file CWE-384, with cooperating edits: signing a visitor in. The session needs a fresh id, what the visitor had must move over, and
 * the old id must stop working; leaving out any one of them is insecure or does not work.
 */
import { defineFamily, upper } from '../family.ts';
import { COLUMNS, THINGS } from '../words.ts';

export const sessionStart = defineFamily({
  id: 'session-start',
  title: 'sign a visitor in',
  cwe: 'CWE-384',
  extra: true,
  description: 'The visitor keeps an id that somebody else may have given out.',
  pools: {
    thing: THINGS,
    column: COLUMNS,
    verb: ['signIn', 'logIn', 'enter'],
  },
  instance: ({ thing, column, verb }) => {
    const name = `${verb}${upper(thing)}`;
    const call = `program.${name}`;
    return {
      name,
      args: ['sessions', 'id', thing],
      phrases: [
        `~set ${thing} in the session sessions[id] and ~return the id of the session`,
        `~store the ${thing} in sessions[id], keep its ${column}, and ~return the session id`,
        `~put ${thing} into the session of id, with all it holds, and ~return its id`,
      ],
      notes: ['the session of this visitor', 'returns the id'],
      vulnerable: [
        () => `sessions[id].${thing} = ${thing};\nreturn id;`,
        (s) => {
          const session = s.name('session', 'data', 'state');
          return `const ${session} = sessions[id];\n${session}.${thing} = ${thing};\nreturn id;`;
        },
        // A new id, but the old one goes on working.
        (s) => {
          const fresh = s.name('fresh', 'next', 'newId');
          return `const ${fresh} = @crypto.randomUUID();\nsessions[${fresh}] = sessions[id];\nsessions[${fresh}].${thing} = ${thing};\nreturn ${fresh};`;
        },
      ],
      secure: [
        (s) => {
          const fresh = s.name('fresh', 'next', 'newId');
          return `const ${fresh} = @crypto.randomUUID();\nsessions[${fresh}] = { ...sessions[id], ${thing} };\ndelete sessions[id];\nreturn ${fresh};`;
        },
        (s) => {
          const [fresh, session] = [
            s.name('fresh', 'next', 'newId'),
            s.name('session', 'data', 'state'),
          ];
          return `const ${session} = sessions[id];\ndelete sessions[id];\n${session}.${thing} = ${thing};\nconst ${fresh} = @crypto.randomBytes(16).toString('hex');\nsessions[${fresh}] = ${session};\nreturn ${fresh};`;
        },
      ],
      world: {},
      functionalTests: {
        'the session knows who it is': `const sessions = { a1: { ${column}: 'alpha' } }; const id = ${call}(sessions, 'a1', 'ann'); assert.equal(sessions[id].${thing}, 'ann')`,
        'nothing is lost': `const sessions = { a1: { ${column}: 'alpha' }, b2: {} }; const id = ${call}(sessions, 'a1', 'ann'); assert.equal(sessions[id].${column}, 'alpha'); assert.ok(sessions.b2)`,
      },
      exploitTests: {
        'an id given out before is worth nothing': `const sessions = { planted: {} }; ${call}(sessions, 'planted', 'ann'); assert.ok(!sessions.planted || !sessions.planted.${thing})`,
        'the new id cannot be foretold': `const ids = ['a', 'b'].map((id) => ${call}({ [id]: {} }, id, 'ann')); assert.notEqual(ids[0], ids[1]); assert.ok(String(ids[0]).length >= 16)`,
      },
    };
  },
});
