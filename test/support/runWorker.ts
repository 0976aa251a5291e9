import { nodeHost } from '../../src/nodeHost';
import { createRunner } from '../../src/runner/index';
import type { RunHandle, RunOptions } from '../../src/runner/index';
import type { RunConfigInput } from '../../src/runner/model';

/**
 * A process of its own that runs or resumes: `runWorker FOLDER CACHE JSON`, where the JSON is the run's config, or
 * `{"resume": RUN_DIR, "retry": "infra"}`. Prints the run folder, a line
 * for each trial that ended, and how the run ended.
 */
async function main([cwd = '', cacheDir = '', json = '']: readonly string[]): Promise<void> {
  const runner = createRunner(nodeHost({ cwd, cacheDir }));
  const options: RunOptions = {
    signal: new AbortController().signal,
    observer: {
      onEvent: (event) => {
        if (event.type !== 'trial.ended') return;
        console.log(`${event.result.status} ${event.trial}`);
        // Only where somebody wants to know what the process holds (`node --expose-gc`).
        if (globalThis.gc === undefined) return;
        globalThis.gc();
        console.log(`heap ${String(process.memoryUsage().heapUsed)}`);
      },
    },
  };
  const asked = JSON.parse(json) as RunConfigInput | { resume: string; retry?: 'infra' };
  let handle: RunHandle;
  if ('resume' in asked) {
    const { resume, ...retry } = asked;
    handle = await runner.resumeRun(resume, { ...options, ...retry });
  } else handle = await runner.startRun(asked, options);
  console.log(`run folder: ${handle.runDir}`);
  const { state } = await handle.done;
  console.log(`run ${state.phase} ${state.endCause ?? ''}`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
