import { RunnerError } from '../model';
import { knownByName } from './knownDatasets';

/** A dataset of the hub, as a source names it. */
export interface HubName {
  /** `owner/name` */
  readonly repository: string;
  /** A branch, a tag or a commit. */
  readonly revision: string;
  /** null: the usual one of the dataset. */
  readonly split: string | null;
}

/** A dataset that `data etl` saved, as a source names it. */
export interface SavedName {
  readonly name: string;
  /** null: all of its splits. */
  readonly split: string | null;
}

/** Competitions, or technique tasks on their data, as a source names them. */
export interface MleSourceName {
  /** A competition's id, the name of a list of them, or `all`. */
  readonly name: string;
  /** null: the competitions themselves; `*`: every technique task on each. */
  readonly technique: string | null;
}

/** What `--tasks` and the setting name: a file, a dataset of the hub, one that was saved here, or competitions. */
export type SourceName =
  | { readonly kind: 'file'; readonly file: string }
  | ({ readonly kind: 'hub' } & HubName)
  | ({ readonly kind: 'saved' } & SavedName)
  | ({ readonly kind: 'mle' } & MleSourceName);

const prefix = 'hub:';
const savedPrefix = 'data:';
const mlePrefix = 'mle:';
const mleName = /^mle:([\w.-]+)(?:\/(\w+|\*))?$/;
const savedName = /^data:([^:/\\]+)(?::([^:/\\]+))?$/;
const hubName = /^hub:([\w.-]+(?:\/[\w.-]+)?)(?:@([^\s:]+))?(?::([\w*./ -]+))?$/;

/**
 * Reads the name of a source: `hub:NAME[@REVISION][:SPLIT]`, where NAME is `owner/name` or the short name of a known
 * dataset (`hub:lite:dev`); `data:NAME[:SPLIT]`, a dataset that was saved here; `mle:NAME[/TECHNIQUE]`, competitions; everything
 * else is a path.
 *
 * @throws `invalid-config` for a name that begins with `hub:`, `data:` or `mle:` and goes on wrong
 */
export function parseSourceName(text: string): SourceName {
  if (text.startsWith(savedPrefix)) {
    const [, name, split = null] = savedName.exec(text) ?? [];
    if (name !== undefined) return { kind: 'saved', name, split };
    throw new RunnerError('invalid-config', 'expected data:NAME or data:NAME:SPLIT');
  }
  if (text.startsWith(mlePrefix)) {
    const [, name, technique = null] = mleName.exec(text) ?? [];
    if (name !== undefined) return { kind: 'mle', name, technique };
    throw new RunnerError(
      'invalid-config',
      'expected mle:COMPETITION, mle:LIST or mle:all, and after it /TECHNIQUE or /* for technique tasks',
    );
  }
  if (!text.startsWith(prefix)) return { kind: 'file', file: text };
  const [, name, revision = 'main', split = null] = hubName.exec(text) ?? [];
  const repository = name?.includes('/') === true ? name : knownByName(name ?? '')?.repository;
  if (name !== undefined && repository !== undefined)
    return { kind: 'hub', repository, revision, split };
  throw new RunnerError(
    'invalid-config',
    name === undefined
      ? 'expected hub:NAME, hub:NAME:SPLIT or hub:NAME@REVISION:SPLIT'
      : `no dataset is known as "${name}"; name it as hub:OWNER/NAME`,
  );
}

/** The name of a source that always means the same rows. */
export function formatHubName({ repository, revision, split }: HubName): string {
  return `${prefix}${repository}@${revision}${split === null ? '' : `:${split}`}`;
}

export function formatSavedName({ name, split }: SavedName): string {
  return `${savedPrefix}${name}${split === null ? '' : `:${split}`}`;
}
