import { cp, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runProgram } from './docker';
import type { Bench, BenchContext, Row } from './measure';
import { interleave, plainRow, timed } from './measure';

const notPartOfTheProduct =
  /^(node_modules|dist|\.git|sandbox|runs|coverage|\.screenshots|test)(\/|$)/;
const MiB = 1024 ** 2;

/**
 * Stands in for the editor's API: everything can be called, made, extended and disposed of, and does nothing. So what is
 * measured is the extension's own work; the tests in a real editor measure it again there.
 */
const activationProgram = `
const Module = require('node:module');
const nothing = () => {
  const itself = new Proxy(class {}, {
  get: (target, key) =>
    key === 'then' ? undefined
    : key === Symbol.iterator ? function* () {}
    : key === Symbol.toPrimitive ? () => ''
    : key === 'prototype' ? target.prototype
    : key === 'language' ? 'en'
    : key === 'dispose' ? () => {}
    : key === 'fsPath' ? '/nowhere'
    : (target[key] ??= nothing()),
  apply: nothing,
  // A class of the extension that extends one of the editor's stays what it is.
  construct: (target, args, made) =>
    made === itself ? nothing() : Reflect.construct(target, args, made),
  });
  return itself;
};
// As a prototype, since a bundle copies a module's own properties and keeps its prototype.
const vscode = Object.create(nothing());
const load = Module._load;
Module._load = (name, ...rest) => (name === 'vscode' ? vscode : load(name, ...rest));
const manifest = require(process.argv[1] + '/../../package.json');
const cpu = process.cpuUsage();
const started = performance.now();
const extension = require(process.argv[1]);
const loaded = performance.now();
extension.activate({
  subscriptions: [], extensionUri: nothing(), globalStorageUri: nothing(), workspaceState: nothing(),
  globalState: nothing(), extension: { id: 'a.b', packageJSON: manifest }, extensionMode: 1, secrets: nothing(),
});
const ended = performance.now();
const { user, system } = process.cpuUsage(cpu);
console.log(JSON.stringify([loaded - started, ended - loaded, (user + system) / 1000]));
process.exit(0);
`;

/** Builds the product in a copy, so that the working tree's own `dist` stays as it is. */
async function buildCopy({ folder }: BenchContext): Promise<string> {
  const copy = path.join(folder, 'product');
  const root = process.cwd();
  await cp(root, copy, {
    recursive: true,
    filter: (source) => !notPartOfTheProduct.test(path.relative(root, source)),
  });
  await mkdir(path.join(copy, 'test'));
  await symlink(path.join(root, 'node_modules'), path.join(copy, 'node_modules'));
  await runProgram('sh', ['-c', `cd '${copy}' && node esbuild.mjs --production`]);
  const vsce = 'npx vsce package --no-dependencies --out product.vsix';
  await runProgram('sh', ['-c', `cd '${copy}' && ${vsce}`]);
  return copy;
}

async function sizeRows(copy: string): Promise<readonly Row[]> {
  const sizeOf = async (name: string): Promise<number> =>
    (await stat(path.join(copy, name))).size / MiB;
  const rows = [
    plainRow('the packaged extension (VSIX)', [await sizeOf('product.vsix')], {
      unit: 'MiB',
      target: { of: 'value', limit: 1.5, direction: 'at most' },
    }),
  ];
  for (const name of ['extension.js', 'runner.js', 'cli.js']) {
    rows.push(plainRow(name, [await sizeOf(`dist/${name}`)], { unit: 'MiB' }));
  }
  return rows;
}

export const startupBench: Bench = {
  name: 'startup',
  title: 'activation, start of the command line, and sizes',
  run: async (context) => {
    const copy = await buildCopy(context);
    const program = path.join(context.folder, 'activate.cjs');
    await writeFile(program, `process.argv.splice(1, 1);\n${activationProgram}`);
    const extension = path.join(copy, 'dist/extension.js');
    const cli = path.join(copy, 'dist/cli.js');
    const activations: (readonly [number, number, number])[] = [];
    const node = (args: readonly string[]): Promise<number> =>
      timed(() => runProgram(process.execPath, args));
    const times = await interleave(context.rounds * 2, {
      activation: async () => {
        const text = await runProgram(process.execPath, [program, extension]);
        const parts = JSON.parse(text) as [number, number, number]; // as the program above prints it
        activations.push(parts);
        return parts[0] + parts[1];
      },
      node: () => node(['-e', '0']),
      version: () => node([cli, '--version']),
      help: () => node([cli, '--help']),
    });
    const counted = activations.slice(1);
    const target = { of: 'value', limit: 50, direction: 'at most' } as const;
    const empty = { what: 'node -e 0', samples: times.node };
    return [
      plainRow('activation: load and activate', times.activation, { target }),
      plainRow(
        '  processor time',
        counted.map(([, , cpu]) => cpu),
        { target },
      ),
      plainRow(
        '  load',
        counted.map(([load]) => load),
      ),
      plainRow(
        '  activate',
        counted.map(([, activate]) => activate),
      ),
      { ...plainRow('benchyard --version', times.version), other: empty },
      { ...plainRow('benchyard --help', times.help), other: empty },
      ...(await sizeRows(copy)),
    ];
  },
};
