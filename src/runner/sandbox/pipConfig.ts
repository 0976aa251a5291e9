import { posix, win32 } from 'node:path';
import type { Host } from '../host';

/** Settings of pip by their long option's name (`index-url`). Lists of values are separated by white space. */
export type PipOptions = Readonly<Record<string, string>>;

/** Options that say where packages come from and how to reach it. Others are the user's taste and stay at home. */
const forwarded: ReadonlySet<string> = new Set([
  'index-url',
  'extra-index-url',
  'no-index',
  'find-links',
  'trusted-host',
  'cert',
  'client-cert',
  'proxy',
  'timeout',
  'default-timeout',
  'retries',
  'prefer-binary',
]);

/** Sections that `pip install` reads; the later one wins. */
const sections = ['global', 'install'] as const;

function optionName(raw: string): string {
  const name = raw.trim().toLowerCase().replaceAll('_', '-').replace(/^--/, '');
  return name === 'default-timeout' ? 'timeout' : name;
}

interface IniEntry {
  readonly section: string;
  readonly key: string;
  readonly values: string[];
}

/** The entries of a configuration file in its order, as Python's configparser reads them; what it cannot read is left out. */
function iniEntries(text: string): readonly IniEntry[] {
  const entries: IniEntry[] = [];
  let section = '';
  let current: IniEntry | null = null;
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    if (line.trim() === '' || /^\s*[#;]/.test(line)) continue;
    if (/^\s/.test(line) && current !== null) {
      current.values.push(line.trim());
      continue;
    }
    const header = /^\[([^\]]+)\]/.exec(line);
    const option = /^([^=:]+?)\s*[=:](.*)$/.exec(line);
    if (header?.[1] !== undefined) {
      section = header[1];
      current = null;
    } else if (option?.[1] !== undefined && option[2] !== undefined) {
      current = { section, key: optionName(option[1]), values: [option[2].trim()] };
      entries.push(current);
    }
  }
  return entries;
}

/** What a `pip.conf` says to `pip install`. */
export function parsePipConfig(text: string): PipOptions {
  const entries = iniEntries(text);
  const options: Record<string, string> = {};
  for (const section of sections) {
    for (const entry of entries) {
      if (entry.section !== section || !forwarded.has(entry.key)) continue;
      options[entry.key] = entry.values.filter((value) => value !== '').join(' ');
    }
  }
  return options;
}

/** What `PIP_…` variables say. */
export function pipOptionsOf(env: Host['env']): PipOptions {
  const options: Record<string, string> = {};
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith('PIP_') || value === undefined || value.trim() === '') continue;
    const option = optionName(variable.slice('PIP_'.length));
    if (forwarded.has(option)) options[option] = value.trim();
  }
  return options;
}

/**
 * Where pip looks for its configuration, the later file winning (pip's documentation, "Location and precedence").
 * A file named by PIP_CONFIG_FILE comes last and stands in for the user's own ones.
 */
export function pipConfigFiles(host: Host): readonly string[] {
  const { env, homeDir, platform } = host;
  const windows = platform === 'win32';
  const paths = windows ? win32 : posix;
  const file = windows ? 'pip.ini' : 'pip.conf';
  const named = env['PIP_CONFIG_FILE'];
  if (named === '/dev/null' || named === 'nul') return [];
  const base = windows
    ? (env['APPDATA'] ?? paths.join(homeDir, 'AppData', 'Roaming'))
    : (env['XDG_CONFIG_HOME'] ?? paths.join(homeDir, '.config'));
  const library = paths.join(homeDir, 'Library', 'Application Support', 'pip', file);
  const user = [
    paths.join(homeDir, windows ? 'pip' : '.pip', file),
    paths.join(base, 'pip', file),
    ...(platform === 'darwin' ? [library] : []),
  ];
  const virtual = env['VIRTUAL_ENV'];
  return [
    ...globalFiles(host, file),
    ...(named === undefined ? user : []),
    ...(virtual === undefined ? [] : [paths.join(virtual, file)]),
    ...(named === undefined ? [] : [named]),
  ];
}

function globalFiles({ env, platform }: Host, file: string): readonly string[] {
  switch (platform) {
    case 'win32':
      return [win32.join(env['PROGRAMDATA'] ?? 'C:\\ProgramData', 'pip', file)];
    case 'darwin':
      return [`/Library/Application Support/pip/${file}`];
    default: {
      const folders = (env['XDG_CONFIG_DIRS'] ?? '/etc/xdg').split(':').filter(Boolean).reverse();
      return [...folders.map((folder) => posix.join(folder, 'pip', file)), `/etc/${file}`];
    }
  }
}
