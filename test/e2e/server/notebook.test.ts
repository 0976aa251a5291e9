import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { notebookPython, runNotebook } from '../../support/notebooks';
import { Bench } from '../../support/runs';
import { describeServer, serve } from '../../support/server';
import { learning, sandboxes } from '../../support/sandboxes';

const python = await notebookPython();

describeServer('the notebook', () => {
  // What a run without a word about sandboxes takes.
  const [usual = 'bubblewrap'] = sandboxes;
  const bench = Bench.use(usual, undefined, { environment: learning });

  test.skipIf(python === null)(
    'runs a competition from top to bottom',
    { timeout: 600_000 },
    async () => {
      await using server = await serve(bench);
      for (const name of ['sdk.py', 'demo.ipynb'])
        await copyFile(path.resolve('sdk/python', name), path.join(bench.folder, name));
      const cells = await runNotebook(python ?? '', {
        file: path.join(bench.folder, 'demo.ipynb'),
        folder: bench.folder,
        env: { BENCHYARD_TOKEN_FILE: server.tokenFile, PYTHONDONTWRITEBYTECODE: '1' },
      });
      const shown = cells
        .flatMap(({ outputs = [] }) => outputs)
        .flatMap(({ text, data }) => text ?? data?.['text/html'] ?? data?.['text/plain'] ?? []);
      const [run] = await server.client.listRuns();
      expect(run).toMatchObject({ status: 'completed', agent_id: 'dummy', trials: 2 });
      const told = shown.join('\n');
      expect(told).toContain("'status': 'ok'");
      expect(told).toContain('run.ended');
      // Tables: what there is, what the trials came to, the thresholds, the technique task, the runs.
      const tables = shown.filter((text) => text.includes('<table>'));
      expect(tables).toHaveLength(6);
      expect(tables[2]).toMatch(/<td>demo-tabular<\/td><td>failed<\/td><td>0\.5<\/td>/);
      expect(tables[3]).toMatch(
        /<td>demo-tabular<\/td><td>0\.5<\/td>(<td>[\d.]+<\/td>){4}<td>False<\/td>/,
      );
      expect(tables[4]).toContain('<td>cv</td>');
      expect(tables[5]).toContain(`<td>${run?.run_id ?? ''}</td>`);
      // The beginning of the submission.
      expect(shown.some((text) => /^id,\w+\n/.test(text))).toBe(true);
    },
  );
});
