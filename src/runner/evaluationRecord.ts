import * as z from 'zod';
import type { OfficialReport } from './benchmarks/swe/official/gradeOfficial';
import { pythonJson } from './benchmarks/swe/official/pythonJson';
import type { OfficialGrading } from './benchmarks/swe/official/statuses';
import type { TrialResult } from './model';
import { classOf } from './model';
import { readIfThere } from './store/files';
import type { OfficialContents } from './store/evaluationLogs';
import { trialPaths } from './store/runFolder';

/** Whether an outcome is the patch's own: another evaluation of the same would come to the same. */
export function isFinal({ status, after }: Pick<TrialResult, 'status' | 'after'>): boolean {
  const kind = classOf(status);
  if (status === 'timeout' || kind === 'infra_failure' || kind === 'incomplete') return false;
  // A clone or an installation that failed says nothing of the patch.
  return after !== null || status === 'patch_rejected';
}

/** The files of the official layout for a trial that ended, from what its folder holds. */
export async function officialContents(
  folder: string,
  result: TrialResult,
  {
    patch,
    model,
    grading,
  }: { readonly patch: string; readonly model: string; readonly grading: OfficialGrading },
): Promise<OfficialContents> {
  const paths = trialPaths(folder);
  const [script, log, official, own, applied] = await Promise.all(
    [
      `${folder}/eval.sh`,
      `${folder}/test_output.txt`,
      `${folder}/report.json`,
      paths.log('after'),
      paths.log('apply'),
    ].map(readIfThere),
  );
  const ran = result.after !== null && result.status !== 'timeout';
  const report = official ?? (ran ? pythonJson(ownReport(result, grading)) : null);
  const contents = {
    'patch.diff': patch,
    'eval.sh': script ?? null,
    'test_output.txt': log ?? (result.after === null ? null : (own ?? null)),
    'run_instance.log': instanceLog(result, { model, applied: applied ?? '' }),
    'report.json': report ?? null,
  };
  const there = Object.entries(contents).flatMap(([name, content]) =>
    content === null ? [] : [[name, content] as const],
  );
  return Object.fromEntries(there);
}

/** The official report of a task that our own evidence decided. */
function ownReport(
  { task_id: id, status, verdict }: TrialResult,
  grading: OfficialGrading,
): Readonly<Record<string, OfficialReport>> {
  const none = { success: [], failure: [] };
  const report: OfficialReport = {
    patch_is_None: false,
    patch_exists: true,
    patch_successfully_applied: true,
    resolved: status === 'passed',
    ...(grading === 'v5' ? { infra_failure: false } : {}),
    tests_status: {
      FAIL_TO_PASS: verdict?.FAIL_TO_PASS ?? none,
      PASS_TO_PASS: verdict?.PASS_TO_PASS ?? none,
      FAIL_TO_FAIL: none,
      PASS_TO_FAIL: none,
    },
  };
  return { [id]: report };
}

/** `run_instance.log`: what was done, with the two lines that tools look for. */
function instanceLog(
  result: TrialResult,
  { model, applied }: { readonly model: string; readonly applied: string },
): string {
  const stage = (name: string): TrialResult['stages'][number] | undefined =>
    result.stages.find((each) => each.stage === name);
  const tests = stage('after');
  const lines = [`Evaluation of ${result.task_id}, patch of ${model}`];
  if (result.status === 'patch_rejected') lines.push(`>>>>> Patch Apply Failed:\n${applied}`);
  else if (stage('apply') !== undefined) lines.push(`>>>>> Applied Patch:\n${applied}`);
  if (tests !== undefined) lines.push(`Test runtime: ${tests.duration_s.toFixed(2)} seconds`);
  if (result.detail !== null) lines.push(`${result.status}: ${result.detail}`);
  const resolved = result.status === 'passed' ? 'True' : 'False';
  lines.push(`Result for ${result.task_id}: resolved: ${resolved}`);
  const time = new Date().toISOString().replace('T', ' ').replace('.', ',').slice(0, 23);
  return lines.map((line) => `${time} - INFO - ${line.trimEnd()}\n`).join('');
}

const listsSchema = z.object({ success: z.array(z.string()), failure: z.array(z.string()) });
const reportSchema = z.record(
  z.string(),
  z.looseObject({
    tests_status: z
      .looseObject({ FAIL_TO_PASS: listsSchema, PASS_TO_PASS: listsSchema })
      .optional(),
  }),
);

/** How many tests of each list passed, as a `report.json` tells it; null where it has no lists. */
export function countsOf(
  report: string | null,
  taskId: string,
): {
  readonly failToPass: readonly [number, number] | null;
  readonly passToPass: readonly [number, number] | null;
} {
  const lists = parsedReport(report)?.[taskId]?.tests_status;
  const count = (list: z.infer<typeof listsSchema>): readonly [number, number] => [
    list.success.length,
    list.success.length + list.failure.length,
  ];
  return {
    failToPass: lists === undefined ? null : count(lists.FAIL_TO_PASS),
    passToPass: lists === undefined ? null : count(lists.PASS_TO_PASS),
  };
}

function parsedReport(text: string | null): z.infer<typeof reportSchema> | null {
  try {
    const parsed = reportSchema.safeParse(JSON.parse(text ?? 'null'));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
