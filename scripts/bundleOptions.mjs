// How every bundle of this project is made, for esbuild.mjs and the benchmarks.
export const bundleOptions = ({ production = false } = {}) => ({
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minify: production,
  sourcemap: production ? false : 'linked',
  logLevel: 'info',
  // gRPC serves only dockerode's BuildKit sessions, which the classic build API does not need; it would cost 430 kB.
  alias: {
    '@grpc/grpc-js': './scripts/emptyModule.mjs',
    '@grpc/proto-loader': './scripts/emptyModule.mjs',
    protobufjs: './scripts/emptyModule.mjs',
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
  format: 'iife',
  minify: production,
  sourcemap: production ? false : 'linked',
  logLevel: 'info',
  loader: { '.svg': 'text' },
  entryPoints: {
    report: 'src/webview/report/main.ts',
    trajectory: 'src/webview/trajectory/main.ts',
  },
  outdir: 'dist/webview',
});
