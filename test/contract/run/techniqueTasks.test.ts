import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { techniqueGradesSchema } from '../../../src/runner/model';
import { CompetitionRuns, readJson, trialsOf, write } from '../../support/mle/competitionRuns';
import { describeOn } from '../../support/sandboxes';

describeOn('docker', 'runs of technique tasks', () => {
  const runs = CompetitionRuns.use('docker');

  test(
    'are passed by who knows how; a task that does not fit counts nowhere',
    { timeout: 180_000 },
    async () => {
      const programs = ['seen.py', 'reference_structure.py'].map(async (name) =>
        write(name, await readFile(path.join('test/contract/mle/solvers', name), 'utf8')),
      );
      const solve =
        "import os, pathlib, reference_structure; getattr(reference_structure, os.environ['BENCHYARD_TASK_ID'].split('/')[1])(pathlib.Path('/home/data'), pathlib.Path('/home/submission'))";
      const command = [...(await Promise.all(programs)), `python3 -c "${solve}"`].join('\n');
      const run = await runs.run(
        ['mle:demo-tabular/leakage', 'mle:demo-tabular/scaling', 'mle:demo-images/cv'],
        {
          agent: 'command',
          command,
          seed: 4,
        },
      );
      for (const name of ['leakage', 'scaling']) {
        const result = run.of(`demo-tabular/${name}`);
        expect(result).toMatchObject({ status: 'passed', technique: { task: name, passed: true } });
        expect(result.technique?.score).toBeGreaterThanOrEqual(0.95);
      }
      expect(run.of('demo-images/cv')).toMatchObject({
        status: 'not_applicable',
        technique: { score: null, passed: false, not_applicable: true },
      });
      const grades = techniqueGradesSchema.parse(
        await readJson(path.join(run.runDir, 'technique_grades.json')),
      );
      expect(Object.keys(grades['demo-tabular']?.tasks ?? {})).toEqual(['leakage', 'scaling']);
      expect(grades['demo-tabular']?.summary).toEqual({ total: 2, passed: 2, pass_rate: 1 });
      expect(grades['demo-images']?.summary).toEqual({ total: 0, passed: 0, pass_rate: null });
      expect(await readdir(run.runDir)).not.toContain('grading_report.json');
      for (const { trial_id: id } of trialsOf(run))
        expect(id).toMatch(/^demo-(tabular|images)_[a-z]+_[0-9a-f-]{36}$/);
    },
  );

  test('are not passed by who does nothing, and keep their data when they go on', async () => {
    const config = runs.config(['mle:demo-tabular/cv'], { attempts: 2, seed: 1 });
    const { runDir } = await runs.bench.stoppedAfterOne([], config);
    const made = path.join(runDir, 'technique_data/demo-tabular_cv_0/public/train.csv');
    const before = await readFile(made);
    const { results } = await runs.bench.resume(runDir);
    expect(results).toMatchObject(
      results.map(() => ({ status: 'empty_patch', technique: { score: 0, passed: false } })),
    );
    expect(results).toHaveLength(2);
    expect(await readFile(made)).toEqual(before);
    // Another seed, other data.
    const other = path.join(runDir, 'technique_data/demo-tabular_cv_1/public/train.csv');
    expect(await readFile(other)).not.toEqual(before);
    const grades = techniqueGradesSchema.parse(
      await readJson(path.join(runDir, 'technique_grades.json')),
    );
    expect(Object.keys(grades['demo-tabular']?.tasks ?? {})).toEqual(['cv#0', 'cv#1']);
  });
});
