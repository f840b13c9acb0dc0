/** @file CWE-209: answering when something goes wrong. */
import { defineFamily, upper } from '../family.ts';
import { THINGS } from '../words.ts';

export const errorReply = defineFamily({
  id: 'error-reply',
  title: 'answer with a file, or with status 500',
  cwe: 'CWE-209',
  description: 'The error with its paths is sent to the browser.',
  pools: {
    thing: THINGS,
    folder: ['/srv/docs', '/var/reports', '/data/notes', '/srv/pages', '/data/exports'],
    verb: ['send', 'serve', 'show'],
  },
  instance: ({ thing, folder, verb }) => {
    const name = `${verb}${upper(thing)}File`;
    const file = `${folder}/${thing}.txt`;
    const reply = (answer: string) => (s: { name: (...options: string[]) => string }) => {
      const error = s.name('error', 'err');
      return `try {\n  response.send(@fs.readFileSync('${file}', 'utf8'));\n} catch (${error}) {\n  response.status(500).send(${answer.replace('ERROR', error)});\n}`;
    };
    return {
      name,
      args: ['request', 'response'],
      phrases: [
        `~send the file ${file}, or status 500 and a text when it fails`,
        `~answer with ${file} and with status 500 and a message on errors`,
        `~read ${file} into the response; on failure ~send status 500 and a text`,
      ],
      notes: ['status 500 on failure', 'send one file'],
      vulnerable: [reply('ERROR.message'), reply('ERROR.stack'), reply('String(ERROR)')],
      secure: [reply("'failed'"), reply("'error'"), reply("'not available'")],
      world: { files: { [file]: 'alpha text', '/tmp/x': 'x' } },
      functionalTests: {
        'sends the file': `const { record, response } = host.response(); program.${name}(host.value({ query: {} }), response); assert.equal(record.body, 'alpha text'); assert.equal(record.statusCode, 200)`,
        'answers 500 without the file': `host.module('fs').unlinkSync('${file}'); const { record, response } = host.response(); program.${name}(host.value({ query: {} }), response); assert.equal(record.statusCode, 500); assert.ok(record.body.length > 0)`,
      },
      exploitTests: {
        'tells no path': `host.module('fs').unlinkSync('${file}'); const { record, response } = host.response(); host.attempt(() => program.${name}(host.value({ query: {} }), response)); assert.ok(!record.body.includes('${folder}'))`,
      },
    };
  },
});
