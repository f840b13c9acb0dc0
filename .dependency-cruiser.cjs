// The layer lint: a folder may import only from folders above it in this list, without exception.
const layers = [
  'kernel',
  'data',
  'code',
  'tokenizer',
  'tensor',
  'models',
  'engine',
  'teacher',
  'analyzers',
  'sandbox',
  'tasks',
  'vul2safe',
  'srcode',
  'evaluate',
  'run',
  'cli',
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    ...layers.slice(0, -1).map((layer, index) => ({
      name: `layer-${layer}`,
      comment: `src/${layer} may import only from the layers above it`,
      severity: 'error',
      from: { path: `^src/${layer}/` },
      to: { path: `^src/(${layers.slice(index + 1).join('|')})/` },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.test\\.ts$' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
