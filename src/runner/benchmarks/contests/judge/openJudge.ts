import * as z from 'zod';
import type { Sandbox } from '../../../sandbox/sandbox';
import { RunnerError } from '../../../model/errors';
import type { ContestProgram } from '../../../model';
import type { InputSet, Judge, ProgramOutcome, ProgramRunOptions } from './judge';
import plainProgram from './sandboxed/plain.py';

const bytesSchema = z.base64().transform((text) => Buffer.from(text, 'base64'));
const executionSchema = z.object({
  end: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('exited'), code: z.int() }),
    z.object({ kind: z.literal('signalled'), signal: z.string() }),
    z.object({ kind: z.enum(['cpu_limit', 'wall_limit', 'memory_limit', 'output_limit']) }),
  ]),
  stdout: bytesSchema,
  stderr: bytesSchema,
  outputFile: bytesSchema.nullable(),
  cpuS: z.number(),
  wallS: z.number(),
  peakBytes: z.number(),
});

class Inputs implements InputSet {
  readonly texts: readonly string[];

  constructor(inputs: readonly Uint8Array[]) {
    this.texts = inputs.map((input) => Buffer.from(input).toString('base64'));
  }

  get count(): number {
    return this.texts.length;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

class PlainJudge implements Judge {
  readonly #sandbox: Sandbox;

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  load(inputs: readonly Uint8Array[]): Promise<InputSet> {
    return Promise.resolve(new Inputs(inputs));
  }

  async run(
    program: ContestProgram,
    inputs: InputSet,
    { limits, files, onExecution, signal }: ProgramRunOptions,
  ): Promise<ProgramOutcome> {
    if (!(inputs instanceof Inputs)) throw new Error('inputs of another judge');
    const request = {
      source: program.source,
      inputs: inputs.texts,
      limits,
      input: files?.input ?? null,
      output: files?.output ?? null,
    };
    const result = await this.#sandbox.exec(['python3', '-c', plainProgram], {
      cwd: '/tmp',
      stdin: Buffer.from(JSON.stringify(request)),
      timeoutMs: (limits.wallS * inputs.count + 60) * 1000,
      outputLimitBytes: 1024 ** 3,
      floodLimitBytes: 1024 ** 3,
      signal,
    });
    if (result.exitCode !== 0) {
      const said = Buffer.from(result.stderr).toString('utf8').trim();
      throw new RunnerError('sandbox-lost', `The judge ended: ${said}`);
    }
    const lines = Buffer.from(result.stdout).toString('utf8').trimEnd().split('\n');
    for (const [index, line] of lines.entries()) {
      const execution = { ...executionSchema.parse(JSON.parse(line)), completed: null };
      if (onExecution(index, execution) === 'stop') break;
    }
    return { kind: 'ran' };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * Starts a judge in a sandbox of the profile `judge`. It ends with the sandbox, or when it is disposed of.
 *
 * @throws `signal.reason` on cancel
 */
export function openJudge(
  sandbox: Sandbox,
  { signal }: { readonly signal: AbortSignal },
): Promise<Judge> {
  signal.throwIfAborted();
  return Promise.resolve(new PlainJudge(sandbox));
}

const judges = new WeakMap<Sandbox, Promise<Judge>>();

/** The judge of a sandbox that is lent from one borrower to the next: started by the first of them. */
export function judgeOf(
  sandbox: Sandbox,
  options: { readonly signal: AbortSignal },
): Promise<Judge> {
  const known = judges.get(sandbox);
  if (known !== undefined) return known;
  const opening = openJudge(sandbox, options);
  judges.set(sandbox, opening);
  opening.catch(() => judges.delete(sandbox));
  return opening;
}
