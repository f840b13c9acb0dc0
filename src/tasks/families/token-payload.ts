/** @file CWE-347: reading who a signed token speaks for. */
import { defineFamily, literal, upper } from '../family.ts';
import { COLUMNS, THINGS } from '../words.ts';

export const tokenPayload = defineFamily({
  id: 'token-payload',
  title: 'read a field of a signed token',
  cwe: 'CWE-347',
  description: 'The token is read without checking its signature, so anyone can write one.',
  pools: { thing: THINGS, column: COLUMNS, verb: ['read', 'get'] },
  instance: ({ thing, column, verb }) => {
    const name = `${verb}${upper(column)}OfToken`;
    const variable = `${thing.toUpperCase()}_KEY`;
    const forged = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ [column]: 'admin' })).toString('base64url')}.x`;
    return {
      name,
      args: ['token'],
      phrases: [
        `~return the ${column} in a jwt token made with env ${variable}`,
        `~read the ${column} of a jwt token of env ${variable}`,
        `~get ${column} out of the jwt token, its key is env ${variable}`,
      ],
      notes: ['one field of the token', 'jwt'],
      vulnerable: [
        (s) => s.returns(`@jsonwebtoken.decode(token).${column}`),
        (s) => {
          const payload = s.name('payload', 'claims', 'content');
          return `const ${payload} = @jsonwebtoken.decode(token);\nreturn ${payload}.${column};`;
        },
        (s) => {
          const payload = s.name('payload', 'claims', 'content');
          return `const ${payload} = Buffer.from(token.split('.')[1], 'base64').toString();\nreturn JSON.parse(${payload}).${column};`;
        },
      ],
      secure: [
        (s) => s.returns(`@jsonwebtoken.verify(token, process.env.${variable}).${column}`),
        (s) => {
          const payload = s.name('payload', 'claims', 'content');
          return `const ${payload} = @jsonwebtoken.verify(token, process.env.${variable});\nreturn ${payload}.${column};`;
        },
      ],
      world: { environment: { [variable]: 'k-77' } },
      functionalTests: {
        'reads the field': `const token = host.module('jsonwebtoken').sign({ ${column}: 'alpha', id: 3 }, 'k-77'); assert.equal(program.${name}(token), 'alpha')`,
      },
      exploitTests: {
        'a forged token says nothing': `assert.notEqual(host.attempt(() => program.${name}(${literal(forged)})), 'admin')`,
      },
    };
  },
});
