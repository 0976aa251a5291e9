import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  parsePipConfig,
  pipConfigFiles,
  pipOptionsOf,
} from '../../../src/runner/sandbox/pipConfig';
import {
  collectPipSettings,
  packPipFiles,
  redactCredentials,
} from '../../../src/runner/sandbox/pipSettings';
import { never, temporaryFolder, testHost } from '../../support/temp';

test('a pip.conf is read as pip reads it', () => {
  const text = `\uFEFF# a comment
[global]
index_url = https://user:pw@mirror.test/simple
extra-index-url =
    https://one.test/simple
    ; not this
    https://two.test/simple
trusted-host: one.test
timeout = 60
[install]
timeout = 90
no-binary = :all:
[freeze]
timeout = 1
nonsense
`;
  expect(parsePipConfig(text)).toEqual({
    'index-url': 'https://user:pw@mirror.test/simple',
    'extra-index-url': 'https://one.test/simple https://two.test/simple',
    'trusted-host': 'one.test',
    timeout: '90',
  });
  expect(parsePipConfig('')).toEqual({});
});

test('variables name options; what does not concern the way to packages stays at home', () => {
  const env = {
    PIP_INDEX_URL: 'https://a.test',
    PIP_DEFAULT_TIMEOUT: '9',
    PIP_NO_BINARY: ':all:',
    PIP_CERT: '',
    HOME: '/x',
  };
  expect(pipOptionsOf(env)).toEqual({ 'index-url': 'https://a.test', timeout: '9' });
});

test('configuration files are looked for where the platform has them, the strongest last', () => {
  const of = (overrides: Parameters<typeof testHost>[1]): readonly string[] =>
    pipConfigFiles(testHost('/c', { homeDir: '/h', env: {}, platform: 'linux', ...overrides }));
  expect(of({})).toEqual([
    '/etc/xdg/pip/pip.conf',
    '/etc/pip.conf',
    '/h/.pip/pip.conf',
    '/h/.config/pip/pip.conf',
  ]);
  const env = { XDG_CONFIG_HOME: '/x', XDG_CONFIG_DIRS: '/a:/b', VIRTUAL_ENV: '/v' };
  expect(of({ env })).toEqual([
    '/b/pip/pip.conf',
    '/a/pip/pip.conf',
    '/etc/pip.conf',
    '/h/.pip/pip.conf',
    '/x/pip/pip.conf',
    '/v/pip.conf',
  ]);
  expect(of({ env: { PIP_CONFIG_FILE: '/own.conf' } }).at(-1)).toBe('/own.conf');
  expect(of({ env: { PIP_CONFIG_FILE: '/own.conf' } })).not.toContain('/h/.pip/pip.conf');
  expect(of({ env: { PIP_CONFIG_FILE: '/dev/null' } })).toEqual([]);
  expect(of({ platform: 'darwin' }).at(-1)).toBe('/h/Library/Application Support/pip/pip.conf');
  expect(of({ platform: 'win32', env: { APPDATA: 'C:\\A' } })).toContain('C:\\A\\pip\\pip.ini');
});

test('files are carried in, variables override files, proxies come in both spellings', async () => {
  await using folder = await temporaryFolder();
  const at = (name: string): string => path.join(folder.path, name);
  await mkdir(at('wheels'));
  await writeFile(at('wheels/demo-1-py3-none-any.whl'), 'wheel');
  await writeFile(at('wheels/notes.txt'), 'no package');
  await writeFile(at('ca.pem'), 'certificate');
  await writeFile(
    at('pip.conf'),
    `[global]\nindex-url = https://file.test\nfind-links = ${at('wheels')} https://links.test\n`,
  );
  const env = {
    PIP_CONFIG_FILE: at('pip.conf'),
    PIP_INDEX_URL: 'https://env.test',
    PIP_CERT: at('ca.pem'),
    https_proxy: 'http://me:secret@127.0.0.1:3128',
  };
  const settings = await collectPipSettings(testHost(folder.path, { env }), { signal: never });
  const { PIP_FIND_LINKS: links = '', ...rest } = settings.env;
  expect(rest).toEqual({
    PIP_INDEX_URL: 'https://env.test',
    PIP_CERT: '/tmp/benchyard-pip/ca.pem',
    REQUESTS_CA_BUNDLE: '/tmp/benchyard-pip/ca.pem',
    CURL_CA_BUNDLE: '/tmp/benchyard-pip/ca.pem',
    SSL_CERT_FILE: '/tmp/benchyard-pip/ca.pem',
    GIT_SSL_CAINFO: '/tmp/benchyard-pip/ca.pem',
    https_proxy: 'http://me:secret@127.0.0.1:3128',
    HTTPS_PROXY: 'http://me:secret@127.0.0.1:3128',
  });
  expect(links).toMatch(/^\/tmp\/benchyard-pip\/links-\w{8} https:\/\/links\.test$/);
  expect(settings.files.map(({ source }) => path.basename(source))).toEqual([
    'ca.pem',
    'demo-1-py3-none-any.whl',
  ]);
  expect(settings.notes.join()).toContain('listens on this machine only');
  expect(settings.notes.join()).not.toContain('secret');
  const archive = Buffer.from((await packPipFiles(settings)) ?? []).toString();
  expect(archive).toContain('certificate');
  expect(archive).toContain('wheel');
});

test('without settings there is nothing to carry in', async () => {
  await using folder = await temporaryFolder();
  const host = testHost(folder.path, { env: { PIP_CONFIG_FILE: '/dev/null' } });
  const settings = await collectPipSettings(host, { signal: never });
  expect(settings).toEqual({ env: {}, files: [], notes: [] });
  expect(await packPipFiles(settings)).toBeNull();
});

test('credentials are taken out of what is shown', () => {
  expect(redactCredentials('see https://me:pw@a.test/x and http://b.test/@c')).toBe(
    'see https://***@a.test/x and http://b.test/@c',
  );
});
