import { mleEnvironment } from '../benchmarks/mle/mleEnvironment';
import type { CompetitionOptions } from '../facade/competitions';
import type { Host } from '../host';
import { containerConfigSchema } from '../model';
import { learningImage } from '../sandbox/builtInImages';
import { chooseProvider } from '../sandbox/providers';
import type {
  ExecResult,
  ReadOnlyMount,
  Sandbox,
  SandboxProfile,
  SandboxProvider,
} from '../sandbox/sandbox';

/** Data is prepared and graded within this, whatever its size. */
const longestMs = 4 * 3600 * 1000;

/** A sandbox with the tools of machine learning, for work that belongs to no trial. */
export interface LearningSandbox extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly exec: (argv: readonly string[]) => Promise<ExecResult>;
}

/** Makes such sandboxes, one after another, with one provider. */
export interface LearningSandboxes extends AsyncDisposable {
  open(options: {
    readonly profile: Extract<SandboxProfile, 'builder' | 'trial'>;
    readonly mounts: readonly ReadOnlyMount[];
    readonly purpose: string;
  }): Promise<LearningSandbox>;
}

/** Nothing is started before the first one is opened. */
export function learningSandboxes(host: Host, options: CompetitionOptions): LearningSandboxes {
  const { signal, sandbox: choice = 'auto' } = options;
  const onProgress = (line: string): void => options.onProgress?.(line);
  let chosen: Promise<SandboxProvider> | null = null;
  const choose = async (): Promise<SandboxProvider> => {
    const provider = await chooseProvider(choice, host, { signal, onProgress });
    await provider.reap({ signal });
    return provider;
  };
  return {
    async open({ profile, mounts, purpose }) {
      const provider = await (chosen ??= choose());
      const container = containerConfigSchema.parse({});
      const { source, workdir, limits, env } = mleEnvironment(
        { image: learningImage.name, container },
        { data: host.tempDir, prepared: null },
      );
      const image = await provider.resolveImage(source, { signal, onProgress });
      const labels = { purpose };
      const spec = { image, snapshot: null, profile, network: false, workdir, limits, env };
      const sandbox = await provider.create({ ...spec, mounts, labels }, { signal });
      return {
        sandbox,
        exec: (argv) => sandbox.exec(argv, { cwd: '/', timeoutMs: longestMs, signal }),
        [Symbol.asyncDispose]: async () => {
          await sandbox[Symbol.asyncDispose]();
          provider.releaseImage(image);
        },
      };
    },
    async [Symbol.asyncDispose]() {
      await (await chosen?.catch(() => null))?.[Symbol.asyncDispose]();
    },
  };
}
