import type { ContestProgram, EnvironmentSource } from '../../../src/runner/model';
import type {
  Execution,
  InputSet,
  Judge,
  JudgeLimits,
  ProgramOutcome,
  ProgramRunOptions,
} from '../../../src/runner/benchmarks/contests/judge/judge';
import { openJudge } from '../../../src/runner/benchmarks/contests/judge/openJudge';
import { chooseProvider } from '../../../src/runner/sandbox/providers';
import type { Sandbox } from '../../../src/runner/sandbox/sandbox';
import { defaultSandboxLimits } from '../../../src/runner/sandbox/sandbox';
import { nodeHost } from '../../../src/nodeHost';
import { never } from '../../support/temp';
import type { SandboxName } from '../../support/sandboxes';

export const mib = 1024 ** 2;

export const limits: JudgeLimits = {
  cpuS: 5,
  wallS: 15,
  memoryBytes: 256 * mib,
  outputBytes: 4 * mib,
  processes: 16,
};

/** A judge in a sandbox of its own, with what tests ask of it. */
export class JudgeWorld implements AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly judge: Judge;
  readonly #resources: readonly AsyncDisposable[];

  private constructor(sandbox: Sandbox, judge: Judge, resources: readonly AsyncDisposable[]) {
    this.sandbox = sandbox;
    this.judge = judge;
    this.#resources = resources;
  }

  /** `source`: the environment; null is the default one. */
  static async open(
    name: SandboxName,
    source: EnvironmentSource | null = null,
  ): Promise<JudgeWorld> {
    const options = { signal: never, onProgress: console.log };
    const provider = await chooseProvider(name, nodeHost(), options);
    try {
      const image = await provider.resolveImage(source, options);
      const sandbox = await provider.create(
        {
          image,
          snapshot: null,
          profile: 'judge',
          network: false,
          workdir: '/workspace/judge',
          limits: { ...defaultSandboxLimits, diskBytes: 256 * mib },
          env: {},
          labels: { run: 'contract', purpose: 'judge' },
        },
        options,
      );
      const judge = await openJudge(sandbox, options);
      return new JudgeWorld(sandbox, judge, [judge, sandbox, provider]);
    } catch (error) {
      await provider[Symbol.asyncDispose]();
      throw error;
    }
  }

  load(inputs: readonly (string | Uint8Array)[]): Promise<InputSet> {
    const bytes = inputs.map((input) => (typeof input === 'string' ? Buffer.from(input) : input));
    return this.judge.load(bytes, { signal: never });
  }

  /** Runs a program on the inputs to the last of them. */
  async run(
    source: string,
    inputs: readonly (string | Uint8Array)[] = [''],
    options: Partial<ProgramRunOptions> & { readonly language?: ContestProgram['language'] } = {},
  ): Promise<{ readonly outcome: ProgramOutcome; readonly executions: readonly Execution[] }> {
    await using set = await this.load(inputs);
    const { language = 'PYTHON3', ...rest } = options;
    const executions: Execution[] = [];
    const outcome = await this.judge.run({ language, source }, set, {
      limits,
      onExecution: (index, execution) => {
        if (index !== executions.length) throw new Error('out of order');
        executions.push(execution);
        return 'go on';
      },
      signal: never,
      ...rest,
    });
    return { outcome, executions };
  }

  /** The one execution of a program on one input. */
  async once(
    source: string,
    input: string | Uint8Array = '',
    options: Partial<ProgramRunOptions> & { readonly language?: ContestProgram['language'] } = {},
  ): Promise<Execution> {
    const { outcome, executions } = await this.run(source, [input], options);
    const [execution] = executions;
    if (execution === undefined) throw new Error(`it did not run: ${JSON.stringify(outcome)}`);
    return execution;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const resource of this.#resources) await resource[Symbol.asyncDispose]();
  }
}

export function out({ stdout }: Execution): string {
  return Buffer.from(stdout).toString('utf8');
}

export function err({ stderr }: Execution): string {
  return Buffer.from(stderr).toString('utf8');
}
