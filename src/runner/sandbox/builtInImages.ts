import type { EnvironmentSource } from '../model';

/** An environment of Benchyard's own: it is had by name on every provider, and made on this machine where it is missing. */
export interface BuiltInImage {
  readonly repository: string;
  /** What a task or a config says to have it. */
  readonly name: string;
  /** Debian packages beside those of the default one. */
  readonly packages: readonly string[];
}

/** The environment of tasks that name none. */
export const defaultImage: BuiltInImage = {
  repository: 'swebench-lite',
  name: 'swebench-lite:py3.10',
  packages: [],
};

/** The default one with compilers, for contest programs in C++ and Java. */
export const toolChainImage: BuiltInImage = {
  repository: 'benchyard-judge',
  name: 'benchyard-judge:cpp-java',
  packages: ['g++', 'default-jdk-headless'],
};

/** The default one with what machine-learning tasks are prepared, solved and graded with. */
export const learningImage: BuiltInImage = {
  repository: 'benchyard-mle',
  name: 'benchyard-mle:sklearn',
  packages: ['python3-sklearn', 'python3-pil'],
};

export const builtInImages: readonly BuiltInImage[] = [defaultImage, toolChainImage, learningImage];

/** The built-in environment that a source names (null names the default one); null: it is none. */
export function builtInImageOf(source: EnvironmentSource | null): BuiltInImage | null {
  if (source === null) return defaultImage;
  if (source.kind !== 'image') return null;
  return builtInImages.find(({ name }) => name === source.image) ?? null;
}
