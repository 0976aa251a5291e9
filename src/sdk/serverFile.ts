/** What a server tells about itself in a file that only its user can read. */
export interface ServerFile {
  readonly url: string;
  /** null: the server asks for none. */
  readonly token: string | null;
  readonly pid: number;
}

/** What the place of the file depends on. */
export interface ServerFilePlace {
  readonly platform: string;
  readonly homeDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Where a server on this machine tells its address and token, unless `BENCHYARD_TOKEN_FILE` names another file: the
 * user's state folder. The Python client looks in the same place.
 */
export function serverFileOf({ platform, homeDir, env }: ServerFilePlace): string {
  const named = env['BENCHYARD_TOKEN_FILE'];
  if (named !== undefined && named !== '') return named;
  const separator = platform === 'win32' ? '\\' : '/';
  return [stateFolder({ platform, homeDir, env }), 'server.json'].join(separator);
}

function stateFolder({ platform, homeDir, env }: ServerFilePlace): string {
  if (platform === 'win32') {
    const local = env['LOCALAPPDATA'];
    return `${filled(local) ?? `${homeDir}\\AppData\\Local`}\\benchyard`;
  }
  if (platform === 'darwin') return `${homeDir}/Library/Application Support/benchyard`;
  return `${filled(env['XDG_STATE_HOME']) ?? `${homeDir}/.local/state`}/benchyard`;
}

function filled(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}
