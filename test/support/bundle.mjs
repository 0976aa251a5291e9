// `node test/support/bundle.mjs ENTRY OUT`: a program of the tests' own, bundled as the product is.
import { build } from 'esbuild';
import { bundleOptions } from '../../scripts/bundleOptions.mjs';

const [entry, outfile] = process.argv.slice(2);
await build({ ...bundleOptions(), logLevel: 'error', entryPoints: [entry], outfile });
