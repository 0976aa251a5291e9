import { createReadStream } from 'node:fs';
import path from 'node:path';
import { gitFolderArchive } from '../../src/runner/benchmarks/swe/checkout';
import { RepositoryCache } from '../../src/runner/benchmarks/swe/repositoryCache';
import { createDockerProvider } from '../../src/runner/sandbox/docker';
import { defaultSandboxLimits } from '../../src/runner/sandbox/sandbox';
import type { Sandbox } from '../../src/runner/sandbox/sandbox';
import { runProgram } from './docker';
import type { Bench, BenchContext, Row } from './measure';
import { interleave, plainRow, timed } from './measure';
import { generatedRepository } from './repository';
import { benchHost } from './samples';

interface Places {
  readonly repo: string;
  readonly commit: string;
  /** A checkout that somebody prepared: worktree and `.git`. */
  readonly prepared: string;
}

async function prepare({ cacheDir, folder, repository }: BenchContext): Promise<Places> {
  const repo = repository ?? (await generatedRepository(cacheDir));
  const commit = (await runProgram('git', ['-C', repo, 'rev-parse', 'HEAD'])).trim();
  const prepared = path.join(folder, 'prepared');
  await runProgram('git', ['clone', '-q', '--no-local', repo, prepared]);
  return { repo, commit, prepared };
}

async function compare(
  { repo, commit, prepared }: Places,
  sandbox: Sandbox,
  context: BenchContext,
): Promise<readonly Row[]> {
  const { signal, rounds } = context;
  const host = benchHost(context);
  const repositories = new RepositoryCache(host);
  let count = 0;
  const next = (): string => {
    count += 1;
    return `/root/checkout-${String(count)}`;
  };
  const exec = async (argv: readonly string[], cwd: string): Promise<void> => {
    const { exitCode, stderr } = await sandbox.exec(argv, { cwd, timeoutMs: 60_000, signal });
    if (exitCode !== 0) throw new Error(Buffer.from(stderr).toString('utf8'));
  };
  const archiveOf = (): Promise<string> =>
    gitFolderArchive(host, repositories, { repo, commit }, { signal });
  // A worktree of tens of megabytes a round would fill the memory that the page cache of the next one needs.
  const cleaned = async (work: (place: string) => Promise<void>): Promise<number> => {
    const place = next();
    const ms = await timed(() => work(place));
    await exec(['rm', '-rf', place], '/');
    return ms;
  };
  const { ours, piped, copied } = await interleave(rounds, {
    ours: () =>
      cleaned(async (place) => {
        await sandbox.copyIn(place, createReadStream(await archiveOf()), { signal });
        await exec(['git', 'checkout', '-q', '-f', 'main'], place);
      }),
    piped: () =>
      cleaned(async (place) => {
        const unpack = `docker exec -i ${sandbox.id} sh -c 'mkdir ${place} && tar -xC ${place}'`;
        await runProgram('sh', ['-c', `tar -cC '${prepared}' . | ${unpack}`]);
      }),
    copied: () =>
      cleaned(async (place) => {
        await runProgram('docker', ['cp', prepared, `${sandbox.id}:${place}`]);
      }),
  });
  const target = { of: 'ratio', limit: 1.5, direction: 'at most' } as const;
  return [
    { ...plainRow('checkout', ours), other: { what: 'tar | docker exec', samples: piped }, target },
    { ...plainRow('checkout', ours), other: { what: 'docker cp', samples: copied }, target },
  ];
}

export const checkoutBench: Bench = {
  name: 'checkout',
  title: 'a cached repository into a sandbox, against copying a prepared checkout there',
  run: async (context) => {
    const { signal, say } = context;
    const places = await prepare(context);
    await using provider = await createDockerProvider(benchHost(context), { signal });
    const image = await provider.resolveImage(null, { signal, onProgress: say });
    await using sandbox = await provider.create(
      {
        image,
        snapshot: null,
        profile: 'builder',
        network: false,
        workdir: '/workspace/project',
        limits: defaultSandboxLimits,
        env: {},
        labels: { run: 'bench' },
      },
      { signal },
    );
    return await compare(places, sandbox, context);
  },
};
