import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

// In-sandbox programs and image recipes are imported as text, as esbuild.mjs bundles them.
const textModules = {
  name: 'text-modules',
  enforce: 'pre' as const,
  load(id: string) {
    return /(\.(py|sh|md)|\/Dockerfile)$/.test(id)
      ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}`
      : null;
  },
};

export default defineConfig({
  plugins: [textModules],
  test: {
    // Busy machines are slow, which is no failure.
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          // Their modules keep nothing between tests, and are loaded once instead of once for each file.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          exclude: [
            'test/contract/judge/**',
            'test/contract/mle/**',
            'test/contract/run/**',
            'test/contract/kubernetes/**',
            'test/contract/slurm/**',
          ],
          testTimeout: 60_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'mle',
          include: ['test/contract/mle/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 300_000,
          // Each file has a folder of its own, and starts its own Python.
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'run',
          include: ['test/contract/run/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 300_000,
          // Each file has caches and run folders of its own.
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'slurm',
          include: ['test/contract/slurm/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 900_000,
          // One cluster at a time.
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'kubernetes',
          include: ['test/contract/kubernetes/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 900_000,
          // One cluster at a time.
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'judge',
          include: ['test/contract/judge/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 300_000,
          // Its verdicts rest on CPU time and on generous limits of real time, so that files may run beside each other.
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'cli',
          include: ['test/e2e/cli/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          // Each file has a folder and a cache of its own.
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'server',
          include: ['test/e2e/server/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          // Each file has a folder and a cache of its own.
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/vscode/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
