import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ParseError } from 'jsonc-parser';
import { parse, printParseErrorCode } from 'jsonc-parser';
import * as z from 'zod';
import { RunnerError } from '../model';
import { isNotFound } from '../store/files';

const commandSchema = z.union([z.string(), z.array(z.string()).min(1)]);
const lifecycleSchema = z.union([commandSchema, z.record(z.string(), commandSchema)]);
const sizeSchema = z
  .string()
  .regex(/^\d+(?:[kmgt]b)?$/i, 'expected a size such as 8gb')
  .transform(bytesOf);

const devcontainerSchema = z.looseObject({
  image: z.string().min(1).optional(),
  build: z
    .looseObject({
      dockerfile: z.string().min(1),
      context: z.string().default('.'),
      args: z.record(z.string(), z.string()).default({}),
      target: z.string().optional(),
    })
    .optional(),
  workspaceFolder: z.string().startsWith('/').optional(),
  containerEnv: z.record(z.string(), z.string()).default({}),
  remoteEnv: z.record(z.string(), z.string().nullable()).default({}),
  onCreateCommand: lifecycleSchema.optional(),
  postCreateCommand: lifecycleSchema.optional(),
  hostRequirements: z
    .looseObject({
      cpus: z.int().positive().optional(),
      memory: sizeSchema.optional(),
      storage: sizeSchema.optional(),
    })
    .default({}),
});

/** Keys that are followed; `name` and `$schema` are for people and editors. */
const known = new Set([...Object.keys(devcontainerSchema.shape), 'name', '$schema']);

/** An environment as a `devcontainer.json` describes it. Paths are absolute. */
export interface Devcontainer {
  readonly source:
    | { readonly kind: 'image'; readonly image: string }
    | {
        readonly kind: 'dockerfile';
        readonly dockerfile: string;
        readonly context: string;
        readonly args: Readonly<Record<string, string>>;
        readonly target: string | null;
      };
  readonly workdir: string | null;
  /** Variables of every command: `containerEnv`, then `remoteEnv`. */
  readonly env: Readonly<Record<string, string>>;
  /** `onCreateCommand`, then `postCreateCommand`; each runs in the working folder when the environment is prepared. */
  readonly commands: readonly (readonly string[])[];
  readonly requirements: {
    readonly cpus: number | null;
    readonly memoryBytes: number | null;
    readonly storageBytes: number | null;
  };
  /** What was left out, for people. */
  readonly notes: readonly string[];
}

/**
 * Reads a `devcontainer.json` (JSON with comments).
 *
 * @throws `not-found`; `invalid-config` for a wrong shape; `unsupported-environment` for what would weaken the sandbox
 */
export async function readDevcontainer(
  file: string,
  options: { readonly signal: AbortSignal },
): Promise<Devcontainer> {
  const text = await readFile(file, { encoding: 'utf8', signal: options.signal }).catch(
    (error: unknown) => {
      options.signal.throwIfAborted();
      if (!isNotFound(error)) throw error;
      throw new RunnerError('not-found', `There is no ${file}.`, { cause: error });
    },
  );
  return parseDevcontainer(text, file);
}

export function parseDevcontainer(text: string, file: string): Devcontainer {
  const raw = parseJsonc(text, file);
  refuse(raw, file);
  const parsed = devcontainerSchema.safeParse(raw);
  if (!parsed.success) {
    throw new RunnerError('invalid-config', `${file}: ${z.prettifyError(parsed.error)}`);
  }
  const notes = Object.keys(parsed.data)
    .filter((key) => !known.has(key))
    .map((key) => `${path.basename(file)}: "${key}" is ignored.`);
  const folder = parsed.data.workspaceFolder;
  const workdir = folder === undefined ? null : substitution(null, notes)(folder);
  const substitute = substitution(workdir, notes);
  return {
    source: sourceOf(parsed.data, file),
    workdir,
    env: environmentOf(parsed.data, substitute),
    commands: [
      ...commandsOf(parsed.data.onCreateCommand),
      ...commandsOf(parsed.data.postCreateCommand),
    ],
    requirements: {
      cpus: parsed.data.hostRequirements.cpus ?? null,
      memoryBytes: parsed.data.hostRequirements.memory ?? null,
      storageBytes: parsed.data.hostRequirements.storage ?? null,
    },
    notes,
  };
}

function parseJsonc(text: string, file: string): Record<string, unknown> {
  const errors: ParseError[] = [];
  const raw: unknown = parse(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first !== undefined) {
    const line = text.slice(0, first.offset).split('\n').length;
    throw new RunnerError('invalid-config', `${file}:${line}: ${printParseErrorCode(first.error)}`);
  }
  const object = z.record(z.string(), z.unknown()).safeParse(raw);
  if (!object.success) throw new RunnerError('invalid-config', `${file}: expected an object`);
  return object.data;
}

/** What would open the sandbox to the host is refused, not ignored: the author counts on it. */
function refuse(raw: Readonly<Record<string, unknown>>, file: string): void {
  const filled = (key: string): boolean => Array.isArray(raw[key]) && raw[key].length > 0;
  const refused = ['runArgs', 'capAdd', 'securityOpt'].filter(filled);
  if (raw['privileged'] === true) refused.push('privileged');
  const mounts: readonly unknown[] = Array.isArray(raw['mounts']) ? raw['mounts'] : [];
  if (mounts.some(isHostMount)) refused.push('mounts (of the host)');
  if (raw['dockerComposeFile'] !== undefined) refused.push('dockerComposeFile');
  if (refused.length === 0) return;
  throw new RunnerError(
    'unsupported-environment',
    `${file}: ${refused.join(', ')} cannot be honoured in a sandbox. Remove it, or name an image instead.`,
  );
}

function isHostMount(mount: unknown): boolean {
  if (typeof mount === 'string') return !/(^|,)\s*type=(volume|tmpfs)/.test(mount);
  if (typeof mount !== 'object' || mount === null || !('type' in mount)) return true;
  return mount.type !== 'volume' && mount.type !== 'tmpfs';
}

type Parsed = z.infer<typeof devcontainerSchema>;
type Substitute = (text: string) => string | null;

function sourceOf(parsed: Parsed, file: string): Devcontainer['source'] {
  const folder = path.dirname(file);
  if (parsed.build !== undefined) {
    const { dockerfile, context, args, target } = parsed.build;
    return {
      kind: 'dockerfile',
      dockerfile: path.resolve(folder, dockerfile),
      context: path.resolve(folder, context),
      args,
      target: target ?? null,
    };
  }
  if (parsed.image !== undefined) return { kind: 'image', image: parsed.image };
  throw new RunnerError('invalid-config', `${file}: expected "image" or "build"`);
}

/** The project's folder inside; a repository's own name is not known here and not kept in the sandbox. */
const projectName = 'project';

/**
 * Replaces the variables of the format. Those of the host stay out of the sandbox but for their default; what only a
 * running container knows makes the value unusable (null).
 */
function substitution(workspace: string | null, notes: string[]): Substitute {
  const valueOf = (variable: string): string | null => {
    const [kind, name = '', ...fallback] = variable.split(':');
    if (kind === 'localEnv') {
      notes.push(`The host's variable ${name} stays outside the sandbox.`);
      return fallback.join(':');
    }
    if (variable.endsWith('WorkspaceFolderBasename')) return projectName;
    if (variable === 'containerWorkspaceFolder' && workspace !== null) return workspace;
    notes.push(`\${${variable}} cannot be known in advance; what uses it is ignored.`);
    return null;
  };
  return (text) => {
    const pattern = /\$\{([^}]+)\}/g;
    const values = [...text.matchAll(pattern)].map(([, variable = '']) => valueOf(variable));
    const known = values.filter((value) => value !== null);
    if (known.length < values.length) return null;
    return text.replaceAll(pattern, () => known.shift() ?? '');
  };
}

function environmentOf(parsed: Parsed, substitute: Substitute): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  const all = [...Object.entries(parsed.containerEnv), ...Object.entries(parsed.remoteEnv)];
  for (const [name, value] of all) {
    const replaced = value === null ? null : substitute(value);
    if (replaced !== null) env[name] = replaced;
  }
  return env;
}

function commandsOf(
  lifecycle: z.infer<typeof lifecycleSchema> | undefined,
): readonly (readonly string[])[] {
  if (lifecycle === undefined) return [];
  if (typeof lifecycle === 'string')
    return lifecycle.trim() === '' ? [] : [['sh', '-c', lifecycle]];
  if (Array.isArray(lifecycle)) return [lifecycle];
  return Object.values(lifecycle).flatMap((command) => commandsOf(command));
}

function bytesOf(size: string): number {
  const unit = /[kmgt]b$/i.exec(size)?.[0].toLowerCase() ?? '';
  return Number.parseInt(size, 10) * 1024 ** ['', 'kb', 'mb', 'gb', 'tb'].indexOf(unit);
}
