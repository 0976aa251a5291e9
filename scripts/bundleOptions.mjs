import { fileURLToPath } from 'node:url';

/**
 * zod brings its messages in fifty languages with whatever imports it as one object (as a library does). Ours are in
 * English, and the others would take three quarters of such a bundle.
 */
export const englishOnly = {
  name: 'zod-in-english',
  setup({ onResolve }) {
    onResolve({ filter: /\/locales\/index\.c?js$/ }, ({ importer }) =>
      /[\\/]node_modules[\\/]zod[\\/]/.test(importer)
        ? { path: fileURLToPath(new URL('englishMessages.mjs', import.meta.url)) }
        : undefined,
    );
  },
};

/** Brotli is a part of Node.js; the reader of Parquet files brings its own, with a dictionary that hardly compresses. */
export const brotliOfNode = {
  name: 'brotli-of-node',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/brotli\.js$/ }, ({ importer }) =>
      importer.includes('hyparquet-compressors')
        ? { path: fileURLToPath(new URL('nodeBrotli.mjs', import.meta.url)) }
        : undefined,
    );
  },
};

/** A validator of JSON Schema is for what an MCP server asks its client's user: ours asks nothing. It would cost 130 kB. */
export const askingNothing = {
  name: 'asking-nothing',
  setup({ onResolve }) {
    onResolve({ filter: /\/validation\/ajv-provider\.js$/ }, ({ importer }) =>
      importer.includes('@modelcontextprotocol')
        ? { path: fileURLToPath(new URL('noSchemaValidator.mjs', import.meta.url)) }
        : undefined,
    );
  },
};

// How every bundle of this project is made, for esbuild.mjs and the benchmarks.
export const bundleOptions = ({ production = false } = {}) => ({
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // `import()` of a CommonJS file reads all of it twice, to find out what it is and what it exports: a fifth of a second for
  // the core. As `require` it is loaded on first use just the same.
  supported: { 'dynamic-import': false },
  minify: production,
  sourcemap: production ? false : 'linked',
  // They stand in ThirdPartyNotices.txt.
  legalComments: 'none',
  logLevel: 'info',
  plugins: [englishOnly, brotliOfNode, askingNothing],
  // gRPC serves only dockerode's BuildKit sessions, which the classic build API does not need; it would cost 430 kB.
  alias: {
    '@grpc/grpc-js': './scripts/emptyModule.mjs',
    '@grpc/proto-loader': './scripts/emptyModule.mjs',
    protobufjs: './scripts/emptyModule.mjs',
    // What fetches for the client of Kubernetes brings URLs of its own, with a table of all of Unicode: 300 kB.
    'whatwg-url': './scripts/nodeUrl.mjs',
    // Its main file is UMD, whose inner `require` a bundler cannot follow.
    'jsonc-parser': 'jsonc-parser/lib/esm/main.js',
  },
  external: ['cpu-features', '*.node'],
  // Programs that run inside sandboxes, and what images are built from, are carried in the bundle as text.
  loader: { '.py': 'text', '.sh': 'text', '.md': 'text', '': 'text' },
});

/** The pages that the editor shows: for a browser, so that reaching Node.js or the editor breaks the build. */
export const webviewOptions = ({ production = false } = {}) => ({
  bundle: true,
  platform: 'browser',
  target: 'chrome128',
  // What pages have in common stands once.
  format: 'esm',
  splitting: true,
  chunkNames: 'shared-[hash]',
  minify: production,
  sourcemap: production ? false : 'linked',
  legalComments: 'none',
  logLevel: 'info',
  loader: { '.svg': 'text' },
  entryPoints: {
    leaderboard: 'src/webview/leaderboard/main.ts',
    report: 'src/webview/report/main.ts',
    trajectory: 'src/webview/trajectory/main.ts',
  },
  outdir: 'dist/webview',
});

/** The client for other people's programs, as both kinds of module, to be read. It has no dependency; browsers can run it. */
export const sdkOptions = () =>
  [
    { format: 'esm', outfile: 'dist/sdk.mjs' },
    { format: 'cjs', outfile: 'dist/sdk.js' },
  ].map((module) => ({
    bundle: true,
    platform: 'neutral',
    target: 'es2022',
    logLevel: 'info',
    entryPoints: ['src/sdk/index.ts'],
    external: ['node:*'],
    ...module,
  }));
