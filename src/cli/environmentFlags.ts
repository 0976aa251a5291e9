import type { Command } from 'commander';
import { Option } from 'commander';
import type { RunConfigInput } from '../runner/model';
import { environmentChoiceSchema, RunnerError } from '../runner/model';
import { defined } from './defined';
import { byteSize } from './numbers';

/** Where tasks run, in the words of every command that runs some. */
export interface EnvironmentFlags {
  readonly dockerfile?: string;
  readonly devcontainer?: string;
  readonly imageMirror?: string;
  readonly imageBudget?: number;
  readonly minFreeDisk?: number;
  readonly environments?: NonNullable<RunConfigInput['environments']>;
  readonly specs?: string[];
  readonly repositoryMirror?: string[];
}

export function addEnvironmentFlags(command: Command): Command {
  return command
    .option('--dockerfile <file>', 'environment of all tasks that name none, and of official ones')
    .option('--devcontainer <file>', 'the same, as a devcontainer.json')
    .addOption(
      new Option(
        '--environments <kind>',
        'official tasks in their official images, in environments built from specs, or auto: from specs where no image can be had',
      ).choices(environmentChoiceSchema.options),
    )
    .option(
      '--image-mirror <prefix>',
      'pull images from here instead of Docker Hub (mirror.example.com/dockerhub; registry=prefix for others)',
    )
    .option('--image-budget <size>', 'most room for pulled images: 50GB, 1.5TiB', byteSize)
    .option(
      '--min-free-disk <size>',
      'stop before less than this is free (default 1GiB, at most a twentieth of the disk)',
      byteSize,
    )
    .option('--specs <file...>', 'specs of environments by repository and version (JSON)')
    .option(
      '--repository-mirror <address=place...>',
      'clone from elsewhere: the beginning of addresses, and what takes its place',
    );
}

/** The keys that these flags set, in RunConfig's spelling. */
export function environmentsOf(
  { imageMirror, imageBudget, minFreeDisk, repositoryMirror, ...same }: EnvironmentFlags,
  file: RunConfigInput = {},
): Partial<RunConfigInput> {
  return defined({
    dockerfile: same.dockerfile,
    devcontainer: same.devcontainer,
    environments: same.environments,
    specs: same.specs,
    image_mirror: imageMirror,
    image_budget: imageBudget,
    min_free_disk: minFreeDisk,
    repository_mirrors:
      repositoryMirror === undefined
        ? undefined
        : { ...file.repository_mirrors, ...Object.fromEntries(repositoryMirror.map(mirrorOf)) },
  });
}

function mirrorOf(flag: string): readonly [string, string] {
  const [, address, place] = /^([^=]+)=(.+)$/.exec(flag) ?? [];
  if (address === undefined || place === undefined)
    throw new RunnerError('invalid-config', `--repository-mirror ${flag}: expected ADDRESS=PLACE.`);
  return [address, place];
}
