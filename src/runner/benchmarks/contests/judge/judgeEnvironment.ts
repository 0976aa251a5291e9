import type { ContestLanguage } from '../../../model';
import { toolChainImage } from '../../../sandbox/builtInImages';
import type { EnvironmentSpec } from '../../../sandbox/sandbox';

/** Languages whose programs are compiled first. Everything else runs in the default environment. */
const compiled: readonly ContestLanguage[] = ['CPP', 'JAVA'];

const GiB = 1024 ** 3;

/**
 * The environment of a judge for programs in these languages: the light default one, or the one with tool chains where
 * one of them needs a compiler. Python is the same in both. What a single program may use is limited by the judge; these
 * are limits of all that runs in it together.
 */
export function judgeEnvironment(languages: Iterable<ContestLanguage>): EnvironmentSpec {
  const needsCompiler = [...languages].some((language) => compiled.includes(language));
  return {
    source: needsCompiler ? { kind: 'image', image: toolChainImage.name } : null,
    workdir: '/workspace/judge',
    limits: { memoryBytes: 4 * GiB, cpus: 2, pids: 512, diskBytes: GiB },
    env: {},
    commands: [],
    notes: [],
  };
}
