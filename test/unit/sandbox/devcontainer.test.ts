import { expect, test } from 'vitest';
import { parseDevcontainer } from '../../../src/runner/sandbox/devcontainer';

const file = '/repo/.devcontainer/devcontainer.json';
const parse = (value: unknown): ReturnType<typeof parseDevcontainer> =>
  parseDevcontainer(typeof value === 'string' ? value : JSON.stringify(value), file);

test('comments and trailing commas are part of the format', () => {
  const found = parse('{ // why\n "image": "python:3.12", /* more */ "name": "x", }');
  expect(found).toMatchObject({ source: { kind: 'image', image: 'python:3.12' }, notes: [] });
});

test('everything that is honoured', () => {
  const found = parse({
    build: { dockerfile: '../Dockerfile', context: '..', args: { A: '1' }, target: 'dev' },
    workspaceFolder: '/workspaces/${localWorkspaceFolderBasename}',
    containerEnv: { A: 'a', IN: '${containerWorkspaceFolder}/x' },
    remoteEnv: { B: 'b', GONE: null },
    onCreateCommand: 'pip install -e .',
    postCreateCommand: { one: ['make', 'all'], two: 'echo two' },
    hostRequirements: { cpus: 4, memory: '8gb', storage: '512mb' },
  });
  expect(found).toEqual({
    source: {
      kind: 'dockerfile',
      dockerfile: '/repo/Dockerfile',
      context: '/repo',
      args: { A: '1' },
      target: 'dev',
    },
    workdir: '/workspaces/project',
    env: { A: 'a', IN: '/workspaces/project/x', B: 'b' },
    commands: [
      ['sh', '-c', 'pip install -e .'],
      ['make', 'all'],
      ['sh', '-c', 'echo two'],
    ],
    requirements: { cpus: 4, memoryBytes: 8 * 1024 ** 3, storageBytes: 512 * 1024 ** 2 },
    notes: [],
  });
});

test.each([
  [{ privileged: true }, 'privileged'],
  [{ runArgs: ['--cap-add=ALL'] }, 'runArgs'],
  [{ capAdd: ['SYS_PTRACE'] }, 'capAdd'],
  [{ securityOpt: ['seccomp=unconfined'] }, 'securityOpt'],
  [{ mounts: ['source=/,target=/host,type=bind'] }, 'mounts'],
  [{ mounts: [{ source: '/', target: '/host', type: 'bind' }] }, 'mounts'],
  [{ mounts: ['source=/,target=/host'] }, 'mounts'],
  [{ dockerComposeFile: 'compose.yml' }, 'dockerComposeFile'],
])('what weakens the sandbox is refused by name: %j', (keys, name) => {
  expect(() => parse({ image: 'x', ...keys })).toThrow(
    expect.objectContaining({
      code: 'unsupported-environment',
      message: expect.stringContaining(name) as string,
    }),
  );
});

test('what does no harm is ignored, and said', () => {
  const found = parse({
    image: 'x',
    privileged: false,
    runArgs: [],
    mounts: [{ source: 'v', target: '/v', type: 'volume' }],
    features: {},
    remoteEnv: { PATH: '${containerEnv:PATH}:/x', HOST: '${localEnv:SECRET:none}' },
  });
  expect(found.env).toEqual({ HOST: 'none' });
  expect(found.notes.join('\n')).toMatch(/"features" is ignored/);
  expect(found.notes.join('\n')).toMatch(/containerEnv:PATH/);
  expect(found.notes.join('\n')).toMatch(/SECRET stays outside/);
});

test.each([
  ['{ "image": ', /devcontainer\.json:1: /],
  ['{\n"image": "a"\n"build": 1 }', /devcontainer\.json:3: /],
  ['[]', /expected an object/],
  ['{}', /expected "image" or "build"/],
  ['{ "image": "x", "hostRequirements": { "memory": "much" } }', /such as 8gb/],
  ['{ "image": "x", "workspaceFolder": "relative" }', /workspaceFolder/],
])('%j is an invalid file, and where', (text, message) => {
  expect(() => parse(text)).toThrow(message);
  expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'invalid-config' }));
});
