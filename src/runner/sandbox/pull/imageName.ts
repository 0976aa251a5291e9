import { RunnerError } from '../../model';

/** A name of an image, taken apart as engines do. */
export interface ImageName {
  /** `docker.io` where the name says none. */
  readonly registry: string;
  /** `library/python` for `python`. */
  readonly repository: string;
  /** `:tag` or `@sha256:…`; never empty. */
  readonly reference: string;
}

export const dockerHub = 'docker.io';

export function parseImageName(name: string): ImageName {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const named = /[.:]/.test(first) || first === 'localhost';
  const registry = named ? first : dockerHub;
  const rest = named ? name.slice(slash + 1) : name;
  const [, path = rest, reference = ''] = /^([^:@]+)(.*)$/.exec(rest) ?? [];
  const hub = registry === dockerHub || registry === 'index.docker.io';
  return {
    registry: hub ? dockerHub : registry,
    repository: hub && !path.includes('/') ? `library/${path}` : path,
    reference: reference === '' ? ':latest' : reference,
  };
}

/** What stands for a registry: `docker.io` → `mirror.example.com/dockerhub`. */
export type ImageMirrors = ReadonlyMap<string, string>;

/**
 * `mirror.example.com/dockerhub` (for Docker Hub), or `registry=prefix` for any registry; several with commas.
 *
 * @throws `invalid-config` for anything else
 */
export function parseMirrors(text: string): ImageMirrors {
  const mirrors = new Map<string, string>();
  for (const part of text.split(',').map((each) => each.trim())) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const registry = equals < 0 ? dockerHub : part.slice(0, equals);
    const prefix = part.slice(equals + 1).replace(/\/+$/, '');
    if (!/^[\w.:-]+$/.test(registry) || !/^[\w.:-]+(\/[\w.-]+)*$/.test(prefix)) {
      throw new RunnerError(
        'invalid-config',
        `The image mirror "${part}" is not a name such as mirror.example.com/dockerhub or ghcr.io=mirror.example.com/ghcr (without https://).`,
      );
    }
    mirrors.set(registry, prefix);
  }
  return mirrors;
}

/** The name to pull instead; the same where no mirror stands for its registry. */
export function mirrored(name: string, mirrors: ImageMirrors): string {
  const { registry, repository, reference } = parseImageName(name);
  const prefix = mirrors.get(registry);
  return prefix === undefined ? name : `${prefix}/${repository}${reference}`;
}

/**
 * Images with equal families very likely share their lower layers: datasets build one image a task on top of one a
 * repository, and number them at the end (`….django_1776_django-11039`, `owner_m_name:pr-1095`).
 */
export function familyOf(name: string): string {
  const { registry, repository, reference } = parseImageName(name);
  const [tag = ''] = reference.slice(1).split('-');
  return `${registry}/${repository.replace(/[-_.]\d+$/, '')}:${tag}`;
}
