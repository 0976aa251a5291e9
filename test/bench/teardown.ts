import { createDockerProvider } from '../../src/runner/sandbox/docker';
import { runProgram } from './docker';
import type { Bench } from './measure';
import { interleave, plainRow, timed } from './measure';
import { benchHost, trialSpec } from './samples';

/** What the official harness grants a container to stop by itself. */
const graceS = 15;
/** The other side sits through its grace period every time. */
const mostRounds = 3;

export const teardownBench: Bench = {
  name: 'teardown',
  title: `a container goes, against \`docker stop\` of \`tail -f /dev/null\` with ${String(graceS)} s of grace`,
  run: async (context) => {
    const { signal, say, rounds } = context;
    await using provider = await createDockerProvider(benchHost(context), { signal });
    const image = await provider.resolveImage(null, { signal, onProgress: say });
    const spec = trialSpec(image, '/testbed');
    const { ours, other, killed } = await interleave(Math.min(rounds, mostRounds), {
      ours: async () => {
        const sandbox = await provider.create(spec, { signal });
        // Something still runs, as after tests that leave a server behind.
        const background = ['sh', '-c', 'sleep 1000 & exit 0'];
        await sandbox.exec(background, { timeoutMs: 10_000, signal, cwd: '/' });
        return await timed(() => sandbox[Symbol.asyncDispose]());
      },
      other: () => stopByHand(image.digest, ['stop', '-t', String(graceS)]),
      killed: () => stopByHand(image.digest, ['kill']),
    });
    const target = { of: 'value', limit: 300, direction: 'at most' } as const;
    const row = plainRow('one container', ours, { target });
    return [
      { ...row, other: { what: 'docker stop, docker rm', samples: other } },
      { ...row, other: { what: 'docker kill, docker rm', samples: killed }, target: null },
    ];
  },
};

async function stopByHand(image: string, stop: readonly string[]): Promise<number> {
  const run = ['run', '-d', '--network', 'none', image, 'tail', '-f', '/dev/null'];
  const id = (await runProgram('docker', run)).trim();
  return await timed(async () => {
    await runProgram('docker', [...stop, id]);
    await runProgram('docker', ['rm', id]);
  });
}
