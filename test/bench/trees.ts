import path from 'node:path';
import type { PreparedEnvironment } from '../../src/runner/run/environments';
import { createDockerProvider } from '../../src/runner/sandbox/docker';
import type { Sandbox } from '../../src/runner/sandbox/sandbox';
import { SandboxTrees } from '../../src/runner/trajectory/sandboxTrees';
import { TreeCache } from '../../src/runner/trajectory/treeCache';
import type { Bench, BenchContext, Row } from './measure';
import { interleave, plainRow, timed } from './measure';
import { benchHost, trialSpec } from './samples';

/** A tree takes so little that one disturbance spoils a round: many short rounds. */
const roundsFactor = 5;

async function sh(sandbox: Sandbox, script: string, signal: AbortSignal): Promise<void> {
  const exec = await sandbox.exec(['sh', '-c', script], { timeoutMs: 120_000, signal });
  if (exec.exitCode !== 0) throw new Error(Buffer.from(exec.stderr).toString('utf8'));
}

async function measure(
  files: number,
  {
    sandbox,
    environment,
  }: { readonly sandbox: Sandbox; readonly environment: PreparedEnvironment },
  context: BenchContext,
): Promise<readonly Row[]> {
  const { signal, rounds, folder } = context;
  const make = `rm -rf ./* && git init -q . && for n in $(seq ${String(files)}); do d=d$((n / 50)); mkdir -p $d; echo $n > $d/f$n.py; done && git add -A`;
  await sh(sandbox, make, signal);
  const host = { ...benchHost(context), cacheDir: path.join(folder, `trees-${String(files)}`) };
  const trees = await SandboxTrees.start({
    host,
    gitDir: path.join(folder, `trees-${String(files)}.git`),
    cache: new TreeCache(host),
    environment,
    sandbox,
    note: (text) => {
      throw new Error(text);
    },
    signal,
  });
  if (trees === null) throw new Error('the tree cannot be recorded');
  let step = 0;
  const record = (): Promise<unknown> => trees.commit({ step: (step += 1), summary: 'a step' });
  const change = (): Promise<void> => sh(sandbox, 'date +%N > d0/f1.py', signal);
  const { changed, same, inside } = await interleave(rounds * roundsFactor, {
    changed: async () => {
      await change();
      return await timed(record);
    },
    same: () => timed(record),
    inside: async () => {
      await change();
      const time = await timed(() => sh(sandbox, 'git add -A && git write-tree', signal));
      await record();
      return time;
    },
  });
  const name = `${files.toLocaleString('en')} files`;
  const other = { what: 'git add, git write-tree in the sandbox', samples: inside };
  const target = { of: 'value', limit: 30, direction: 'at most' } as const;
  return [
    { ...plainRow(`${name}, one changed`, changed), other, target: files > 1000 ? null : target },
    plainRow(`${name}, none changed`, same),
  ];
}

export const treesBench: Bench = {
  name: 'trees',
  title: "the working tree after a step, kept out of the agent's reach",
  run: async (context) => {
    const { signal, say } = context;
    await using provider = await createDockerProvider(benchHost(context), { signal });
    const image = await provider.resolveImage(null, { signal, onProgress: say });
    const spec = trialSpec(image, '/workspace/project');
    await using sandbox = await provider.create(spec, { signal });
    const environment: PreparedEnvironment = {
      image,
      snapshot: null,
      spec: { source: null, commands: [], notes: [], ...spec },
    };
    const rows: Row[] = [];
    for (const files of [100, 5000])
      rows.push(...(await measure(files, { sandbox, environment }, context)));
    return rows;
  },
};
