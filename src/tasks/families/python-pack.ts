/**
 * @file CWE-502 in Python, with cooperating edits: one function packs data, another unpacks it. Only changing both is secure and works;
 * changing one breaks the round trip.
 */
import { defineFamily } from '../family.ts';
import { THINGS } from '../words.ts';

export const pythonPack = defineFamily({
  id: 'python-pack',
  title: 'pack and unpack data (Python)',
  cwe: 'CWE-502',
  language: 'python',
  description: 'Unpickling runs code hidden in the bytes.',
  pools: {
    thing: THINGS,
    names: ['pack unpack', 'dump restore', 'freeze thaw', 'save load'],
    blob: ['blob', 'packed', 'raw'],
  },
  instance: ({ thing, names, blob }) => {
    const [forth = '', back = ''] = names.split(' ');
    const name = `${forth}_${thing}`;
    const inverse = `${back}_${thing}`;
    const pair = (pack: string, unpack: string) => () => ({
      body: `return ${pack}`,
      after: `def ${inverse}(${blob}):\n    return ${unpack}`,
    });
    return {
      name,
      args: ['data'],
      phrases: [
        `~turn a dict into bytes, and ${inverse}(${blob}) turns them back`,
        `~return the dict data as bytes, which ${inverse}(${blob}) can read again`,
        `~pack the dict data into bytes; ${inverse}(${blob}) ~return it again`,
      ],
      notes: ['there and back'],
      vulnerable: [
        pair('@pickle.dumps(data)', `@pickle.loads(${blob})`),
        pair('@base64.b64encode(@pickle.dumps(data))', `@pickle.loads(@base64.b64decode(${blob}))`),
        pair('@marshal.dumps(repr(data))', `eval(@marshal.loads(${blob}))`),
      ],
      secure: [
        pair('@json.dumps(data).encode()', `@json.loads(${blob})`),
        pair(
          '@base64.b64encode(@json.dumps(data).encode())',
          `@json.loads(@base64.b64decode(${blob}))`,
        ),
      ],
      world: {},
      functionalTests: {
        'there and back': `packed = ${name}({'id': 7, 'tags': ['a']})\nassert isinstance(packed, bytes)\nassert ${inverse}(packed) == {'id': 7, 'tags': ['a']}`,
      },
      exploitTests: {
        'runs no code': `import os, pickle, marshal, base64\nclass Evil:\n    def __reduce__(self):\n        return (os.mkdir, ('ran',))\nfor bad in (pickle.dumps(Evil()), base64.b64encode(pickle.dumps(Evil())), marshal.dumps("__import__('os').mkdir('ran')")):\n    try:\n        ${inverse}(bad)\n    except Exception:\n        pass\nassert not os.path.exists('ran')`,
      },
    };
  },
});
