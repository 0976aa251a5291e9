import tseslint from 'typescript-eslint';

// The layers of ARCHITECTURE.md, held by the linter. The cli bundle (esbuild.mjs) is the second guard, test/unit/layers.test.ts the third.
const noVscode = {
  group: ['vscode'],
  message: 'Only extension.ts, commands/ and views/ may touch vscode (types included).',
};
const noUi = {
  group: ['**/commands/**', '!./commands/**', '**/views/**', '**/extension'],
  message: 'Dependencies point inward: the UI imports the core.',
};
const noEntry = {
  group: ['**/cli/**', '**/server/**', '**/mcp/**'],
  message: 'Composition roots and adapters are leaves.',
};
const noFaces = {
  group: ['**/agentTools/**'],
  message: 'The core and what is shown know no tools.',
};
const noPresentation = {
  group: ['**/presentation/**'],
  message: 'The core does not know how it is shown.',
};
const noSdk = {
  group: ['dockerode', 'openai', 'openai/*'],
  message: 'SDKs live behind runner/sandbox/docker* and runner/llm/openai*.',
};
const noExeca = {
  group: ['execa'],
  message: 'runner/program.ts starts programs: execa alone ends this process when no file is left.',
};
const noMcpSdk = { group: ['@modelcontextprotocol/**'], message: 'The MCP SDK lives in src/mcp.' };
const noNode = { group: ['node:*'], message: 'This layer is pure: no Node.js.' };
const facade = {
  group: [
    '**/runner/*',
    '**/runner/*/**',
    '!**/runner/index',
    '!**/runner/model',
    '!**/runner/model/**',
  ],
  message: 'Import from src/runner (its index) or src/runner/model.',
};
/** What no part of the core may reach. */
const outOfCore = [noVscode, noUi, noEntry, noPresentation, noFaces];
const layer = (files, ...patterns) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      'node_modules/**',
      'test/.cache/**',
      'sandbox/**',
      'samples/**',
      '.screenshots/**',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      'no-console': 'error',
      eqeqeq: ['error', 'always'],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      // Without checkThenables a forgotten `showInformationMessage(...)` is not reported: it returns a Thenable.
      '@typescript-eslint/no-floating-promises': ['error', { checkThenables: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // zod and JSON deal in index signatures; tsconfig's noPropertyAccessFromIndexSignature is the stricter rule.
      '@typescript-eslint/dot-notation': 'off',
    },
  },
  layer(['src/runner/**'], ...outOfCore, noSdk, noMcpSdk, noExeca),
  layer(['src/runner/program.ts'], ...outOfCore, noSdk, noMcpSdk),
  layer(
    ['src/runner/sandbox/docker*.ts', 'src/runner/sandbox/docker*/**', 'src/runner/llm/openai*.ts'],
    ...outOfCore,
    noExeca,
  ),
  layer(['src/runner/model/**'], ...outOfCore, noSdk, noMcpSdk, noNode),
  layer(['src/presentation/**'], noVscode, noUi, noEntry, noFaces, noSdk, noMcpSdk, noNode, facade),
  layer(['src/agentTools/**'], noVscode, noUi, noEntry, noSdk, noMcpSdk, noNode, facade),
  layer(
    ['src/views/**'],
    {
      group: ['**/commands/**', '**/extension'],
      message: 'Views raise events; commands call views.',
    },
    noEntry,
    noSdk,
    noMcpSdk,
    facade,
  ),
  layer(
    ['src/commands/**'],
    { group: ['**/extension'], message: 'extension.ts is the composition root.' },
    noEntry,
    noSdk,
    noMcpSdk,
    facade,
  ),
  // Pages run in a browser and know the editor by its messages only.
  layer(['src/webview/**'], noVscode, noUi, noEntry, noSdk, noNode, {
    group: ['**/runner/**'],
    message: 'A page is told what it shows: presentation/ makes it.',
  }),
  layer(['src/cli/**'], noVscode, noUi, noSdk, noMcpSdk, facade),
  layer(
    ['src/mcp/**'],
    noVscode,
    noUi,
    { group: ['**/cli/**'], message: 'cli may import mcp, never the other way.' },
    noSdk,
    facade,
  ),
  // Programs of other people and browsers run it: it has no dependency, and nothing of ours.
  layer(['src/sdk/**'], noVscode, noUi, noEntry, noSdk, noMcpSdk, {
    group: ['**/runner/**', '**/presentation/**', '**/agentTools/**'],
    message: 'The client knows the server by its HTTP interface only.',
  }),
  layer(
    ['src/server/**'],
    noVscode,
    noUi,
    { group: ['**/cli/**'], message: 'cli may import server, never the other way.' },
    noSdk,
    noMcpSdk,
    facade,
  ),
  {
    files: ['src/runner/**', 'src/presentation/**', 'src/webview/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        { name: 'process', message: 'Only composition roots read process; pass what is needed.' },
      ],
    },
  },
  { files: ['src/cli/**', 'test/**', 'scripts/**', '*.mjs'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { '@typescript-eslint/explicit-module-boundary-types': 'off' },
  },
  {
    files: ['test/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', 'max-lines': 'off' },
  },
);
