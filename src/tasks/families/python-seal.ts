/**
 * @file CWE-347 in Python, with cooperating edits: one function seals a text with a key, another opens it. Sealing must use the key and
 * opening must check the seal; either edit alone is insecure or breaks the round trip.
 */
import { defineFamily } from '../family.ts';
import { THINGS } from '../words.ts';

export const pythonSeal = defineFamily({
  id: 'python-seal',
  title: 'seal and open a text (Python)',
  cwe: 'CWE-347',
  language: 'python',
  extra: true,
  description: 'The seal is not checked, or can be made without the key.',
  pools: {
    thing: THINGS,
    names: ['seal open', 'sign read', 'stamp unstamp', 'mark check'],
    mark: ['.', ':', '|'],
  },
  instance: ({ thing, names, mark }) => {
    const [forth = '', back = ''] = names.split(' ');
    const name = `${forth}_${thing}`;
    const inverse = `${back}_${thing}`;
    const keyed = "@hmac.new(key.encode(), text.encode(), 'sha256').hexdigest()";
    const unkeyed = '@hashlib.sha256(text.encode()).hexdigest()';
    const pair = (digest: string, check: string) => () => ({
      body: `return text + '${mark}' + ${digest}`,
      after: `def ${inverse}(token, key):\n    text, seal = token.rsplit('${mark}', 1)\n${check}    return text`,
    });
    const refuse = (condition: string): string => `    if ${condition}:\n        return None\n`;
    return {
      name,
      args: ['text', 'key'],
      phrases: [
        `~return text with a mark made with key behind a "${mark}", and ${inverse}(token, key) returns the text again or None`,
        `~join text and its seal for key with "${mark}"; ${inverse}(token, key) ~return the text, or None`,
        `~put "${mark}" and a seal of key behind text; ${inverse}(token, key) gives back the text or None`,
      ],
      notes: ['there and back'],
      vulnerable: [pair(keyed, ''), pair(unkeyed, refuse(`seal != ${unkeyed}`)), pair(unkeyed, '')],
      secure: [
        pair(keyed, refuse(`not @hmac.compare_digest(seal, ${keyed})`)),
        () => ({
          body: `seal = ${keyed}\nreturn f'{text}${mark}{seal}'`,
          after: `def ${inverse}(token, key):\n    text, seal = token.rsplit('${mark}', 1)\n    wanted = ${keyed}\n    return text if @hmac.compare_digest(seal, wanted) else None`,
        }),
      ],
      world: {},
      functionalTests: {
        'there and back': `token = ${name}('alpha', 'k1')\nassert token.startswith('alpha${mark}') and len(token) > 20\nassert ${inverse}(token, 'k1') == 'alpha'`,
      },
      exploitTests: {
        'a changed text is refused': `token = ${name}('alpha', 'k1')\ntry:\n    read = ${inverse}('admin' + token[5:], 'k1')\nexcept Exception:\n    read = None\nassert read is None`,
        'without the key no seal holds': `import hashlib\nforged = [${name}('admin', 'k2'), 'admin${mark}' + hashlib.sha256(b'admin').hexdigest(), 'admin${mark}']\nfor token in forged:\n    try:\n        read = ${inverse}(token, 'k1')\n    except Exception:\n        read = None\n    assert read is None`,
      },
    };
  },
});
