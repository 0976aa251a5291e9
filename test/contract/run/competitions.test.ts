import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { gradingReportSchema } from '../../../src/runner/model';
import {
  CompetitionRuns,
  filesBelow,
  readJson,
  trialFolders,
  trialsOf,
  write,
} from '../../support/mle/competitionRuns';
import { heightsOff } from '../../support/mle/heights';
import { describeOn, describeOnEverySandbox } from '../../support/sandboxes';

const handIn = (csv: string): string => write('/home/submission/submission.csv', csv);

describeOnEverySandbox('competitions', (sandbox) => {
  const runs = CompetitionRuns.use(sandbox);

  test('are won by their own answers', async () => {
    const run = await runs.run(['mle:heights'], { agent: 'gold' });
    expect(run.of('heights')).toMatchObject({
      status: 'passed',
      cause: null,
      detail: 'score 0, gold medal, above the median',
      competition: { score: 0, gold_medal: true, any_medal: true, valid_submission: true },
    });
  });

  test('are graded by what stands in the folder for it', async () => {
    const { result } = await runs.visit('heights', handIn(heightsOff(1.5)));
    expect(result).toMatchObject({
      status: 'passed',
      competition: { score: 1.5, score_exact: 1.5, silver_medal: true, above_median: true },
    });
  });
});

describeOn('docker', 'runs of competitions', () => {
  const runs = CompetitionRuns.use('docker');

  test('on disk are as MLE-bench lays them out, seed by seed', async () => {
    const run = await runs.run(['mle:heights'], { attempts: 2 });
    expect(path.basename(run.runDir)).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-UTC_run-group_dummy$/,
    );
    const names = trialsOf(run).map(({ trial_id: id }) => id);
    for (const name of names)
      expect(name).toMatch(/^heights_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(new Set(names).size).toBe(2);
    for (const folder of trialFolders(run)) {
      expect(await readdir(folder)).toEqual(
        expect.arrayContaining(['submission', 'code', 'logs', 'result.json']),
      );
      expect(await filesBelow(path.join(folder, 'submission'))).toEqual(['submission.csv']);
    }
    expect(await readJson(path.join(run.runDir, 'metadata.json'))).toMatchObject({
      run_group: path.basename(run.runDir),
      runs: Object.fromEntries(names.map((name) => [name, { success: true }])),
    });
    const report = gradingReportSchema.parse(
      await readJson(path.join(run.runDir, 'grading_report.json')),
    );
    expect(report).toMatchObject({
      total_runs: 2,
      total_valid_submissions: 2,
      total_medals: 0,
      by_competition: [{ competition_id: 'heights', n: 2, score_mean: 10, score_se: 0 }],
      competition_reports: names.map((name) => ({
        score: 10,
        bronze_threshold: 4,
        submission_path: `${name}/submission/submission.csv`,
      })),
    });
    expect(await readdir(run.runDir)).not.toContain('technique_grades.json');
    // Both wanted the same data at the same time.
    const logs = await Promise.all(
      trialFolders(run).map((folder) =>
        readFile(path.join(folder, 'generate.txt'), 'utf8').catch(() => ''),
      ),
    );
    expect(logs.join('').match(/people are made/g)).toHaveLength(1);
  });

  test('show an agent its data, and no answers anywhere', async () => {
    const { printed, result } = await runs.visit(
      'heights',
      [
        'ls /home/data /home; cat /home/instructions.txt | head -3; pwd',
        'touch /home/data/mine 2>/dev/null && echo writable; rm -f /home/data/test.csv 2>/dev/null; ls /home/data | wc -l',
        "find / -name 'answers*' -o -name 'gold.csv' -not -path '/proc/*' 2>/dev/null",
        'ls -A /mnt; env | grep -i -e private -e answers; grep -e private -e answers /proc/mounts',
        // Rows of the answers, in whatever file.
        "grep -rlsE '^p[0-9],(90|110)' /home /mnt /tmp /var /opt /srv /root /run",
        'echo done',
      ].join('\n'),
    );
    expect(printed.split('\n')).toEqual([
      ...['/home:', 'code', 'data', 'home', 'instructions.txt', 'logs', 'submission'],
      ...['validate_submission.sh', ''],
      ...['/home/data:', 'sample_submission.csv', 'test.csv', 'train.csv'],
      ...['# Heights', '', 'How high is a person?', '/home/code'],
      ...['3', 'done'],
    ]);
    expect(result.status).toBe('empty_patch');
  });

  test('tell an agent whether its format is right, and nothing of the score', async () => {
    const program = `
import json, urllib.error, urllib.request
def asked(path, body=None, kind='multipart/form-data; boundary=X'):
    request = urllib.request.Request('http://localhost:5000' + path, body, {'content-type': kind})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)
def form(csv):
    head = '--X\\r\\ncontent-disposition: form-data; name="file"; filename="submission.csv"\\r\\n\\r\\n'
    return (head + csv + '\\r\\n--X--\\r\\n').encode()
for answer in (
    asked('/health'),
    asked('/validate', form(${JSON.stringify(heightsOff(1.5))})),
    asked('/validate', form(${JSON.stringify(heightsOff(0).replace('height\n', 'weight\n'))})),
    asked('/validate', form(${JSON.stringify(heightsOff(0).replace(/\np3,.*/, ''))})),
    asked('/validate', b'{}', 'application/json'),
    asked('/score'),
):
    print(json.dumps(answer))
`;
    const { printed, result } = await runs.visit(
      'heights',
      [
        ...[write('ask.py', program), 'python3 ask.py'],
        ...[write('good.csv', heightsOff(1.5)), 'sh /home/validate_submission.sh good.csv'],
        write('bad.csv', heightsOff(0).replace('height\n', 'weight\n')),
        'sh /home/validate_submission.sh bad.csv || echo "status $?"',
        'sh /home/validate_submission.sh none.csv 2>/dev/null || echo "status $?"',
      ].join('\n'),
    );
    const said = (status: number, body: object): string => JSON.stringify([status, body]);
    const lines = printed.split('\n');
    const answers = lines.slice(0, 6).map((line) => JSON.stringify(JSON.parse(line)));
    expect(answers).toEqual([
      said(200, { status: 'running' }),
      said(200, { valid: true, result: 'Submission is valid.' }),
      expect.stringMatching(/^\[200,\{"valid":false,"result":"Submission invalid! .*height/),
      expect.stringMatching(/^\[200,\{"valid":false,"result":"Submission invalid! .*"\}\]$/),
      expect.stringMatching(/^\[400,/),
      expect.stringMatching(/^\[404,/),
    ]);
    expect(lines.slice(6)).toEqual([
      'Submission is valid.',
      expect.stringMatching(/^Submission invalid! .*height/),
      ...['status 1', 'status 2'],
    ]);
    expect(result).toMatchObject({
      status: 'empty_patch',
      competition: { submission_exists: false },
    });
  });

  test.each([
    ['a wrong header', handIn(heightsOff(0).replace('height\n', 'weight\n')), 'height'],
    [
      'a folder in its place',
      'mkdir /home/submission/submission.csv; touch /home/submission/submission.csv/a',
      'it is a folder',
    ],
    ['a pipe', 'mkfifo /home/submission/submission.csv', null],
    [
      'a link that leads outside',
      'ln -s /home/data/sample_submission.csv /home/submission/submission.csv',
      null,
    ],
  ])('refuse %s', async (_, command, message) => {
    const { result } = await runs.visit('heights', command);
    expect(result).toMatchObject(
      message === null
        ? {
            status: 'empty_patch',
            competition: { submission_exists: false, message: 'there is no submission.csv' },
          }
        : {
            status: 'failed',
            cause: 'invalid_submission',
            competition: {
              submission_exists: true,
              valid_submission: false,
              score: null,
              message: expect.stringContaining(message) as string,
            },
          },
    );
  });

  test('take what an agent leaves, however much it is', { timeout: 180_000 }, async () => {
    const { result, run } = await runs.visit(
      'heights',
      [
        handIn(heightsOff(3)),
        'head -c 100M /dev/zero > /home/submission/zeros',
        'head -c 300M /dev/zero > /home/logs/zeros',
        'mkdir /home/code/many; cd /home/code/many; seq 5000 | xargs touch',
        'ln -s /etc /home/submission/etc; ln -s /etc/passwd /home/code/passwd; mkfifo /home/code/pipe',
        'echo kept > /home/code/main.py; chmod 600 /home/code/main.py',
      ].join('\n'),
    );
    expect(result).toMatchObject({
      status: 'passed',
      competition: { score: 3, bronze_medal: true },
    });
    const [folder = ''] = trialFolders(run);
    expect(await filesBelow(path.join(folder, 'submission'))).toEqual(['submission.csv', 'zeros']);
    const code = await filesBelow(path.join(folder, 'code'));
    expect(code).toHaveLength(5001);
    expect(await readFile(path.join(folder, 'code/main.py'), 'utf8')).toBe('kept\n');
    // Logs are for people; so many are left out, and it is told.
    expect(await filesBelow(path.join(folder, 'logs'))).toEqual([]);
    const notes = [...run.state.trials.values()].flatMap((trial) => trial.notes);
    expect(notes.join('\n')).toContain('/home/logs is not kept');
  });

  test('refuse a submission that is too large, and say so', async () => {
    const { result } = await runs.visit(
      'heights',
      `${handIn(heightsOff(3))}\nhead -c 2M /dev/zero > /home/submission/zeros`,
      {
        mle: { max_submission: 1024 ** 2 },
      },
    );
    expect(result).toMatchObject({
      status: 'failed',
      cause: 'invalid_submission',
      competition: {
        submission_exists: true,
        valid_submission: false,
        message: expect.stringContaining('more than the 1048576 bytes allowed') as string,
      },
    });
  });

  test('give an agent what its container config says', async () => {
    const { printed, result } = await runs.visit(
      'heights',
      [
        'df -B1 --output=size /dev/shm | tail -1 | tr -d " "',
        '{ cat /sys/fs/cgroup/cpu.max || cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us; } 2>/dev/null | cut -d " " -f 1',
        "python3 -c \"import sys; filled = b'x' * 900 * 2**20; print('had', len(filled))\"; echo $?",
        handIn(heightsOff(1)),
      ].join('\n'),
      { mle: { container: { mem_limit: '600M', shm_size: '32M', nano_cpus: 1.5e9 } } },
    );
    const lines = printed.split('\n');
    expect(lines.slice(0, 2)).toEqual([String(32 * 1024 ** 2), '150000']);
    expect(lines).toContain('137'); // killed
    expect(printed).not.toContain('had');
    expect(result).toMatchObject({ status: 'passed', competition: { gold_medal: true } });
  });

  test('go on where they were stopped', async () => {
    const config = runs.config(['mle:heights'], { attempts: 3 });
    const stopped = await runs.bench.stoppedAfterOne([], config);
    const { runDir } = stopped;
    expect(stopped.state.phase).toBe('cancelled');
    const { state, results } = await runs.bench.resume(runDir);
    expect(results.map(({ status }) => status)).toEqual(['failed', 'failed', 'failed']);
    const report = gradingReportSchema.parse(
      await readJson(path.join(runDir, 'grading_report.json')),
    );
    expect(report).toMatchObject({ total_runs: 3, total_valid_submissions: 3 });
    // A trial that was cut off keeps its folder.
    expect((await readdir(runDir)).filter((name) => name.startsWith('heights_')).sort()).toEqual(
      trialsOf({ state })
        .map(({ trial_id: id }) => id)
        .sort(),
    );
  });
});
