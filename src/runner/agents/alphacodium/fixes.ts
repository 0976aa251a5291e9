import type { FlowPlace } from '../../model';
import { codeSchema } from './answers';
import type { CodeAnswer } from './answers';
import type { Asked, Stopped } from './ask';
import { decideFix, passedNames } from './decisions';
import type { Standing } from './firstProgram';
import { programAlone } from './firstProgram';
import type { FlowParts, Plan } from './plan';
import { failureText, indented } from './programs';
import type { StageName } from './stages';
import { placeOf } from './stages';

interface FixStage {
  readonly stage: Extract<StageName, 'public' | 'ai'>;
  readonly temperature: number;
  /** Fixes overall, and for one test. */
  readonly total: number;
  readonly perTest: number;
  /** Names of the tests in the order in which they are to pass. */
  readonly order: readonly string[];
  readonly closerIsEnough: boolean;
  /** Whether tests that passed hold every later program. */
  readonly anchors: boolean;
  /** `held`: what has to go on passing; `seen`: the tests up to the one that is mended. */
  readonly heldBy: (standing: Standing, seen: ReadonlySet<string>) => ReadonlySet<string>;
}

/**
 * Stage 6: the public tests one after another. A fix has to pass again whatever passed, else it is reverted; one that
 * brings the output of its test closer is kept.
 */
export async function fixOnPublicTests(
  parts: FlowParts,
  plan: Plan,
  standing: Standing,
): Promise<Standing | Stopped> {
  const { total, per_test: perTest, temperature } = parts.config.public_fixes;
  const stage: FixStage = {
    stage: 'public',
    temperature,
    total,
    perTest,
    order: standing.run.tests.map(({ name }) => name),
    closerIsEnough: true,
    anchors: false,
    heldBy: ({ run }) => passedNames(run.tests),
  };
  return await fix(parts, { plan, stage, aiTests: [] }, standing);
}

/**
 * Stage 7: the model's own tests, the public ones before and after them. A test that passes becomes an anchor; a fix
 * that fails an anchor, or the test that it is made for, is reverted: that test may be wrong.
 */
export async function fixOnAiTests(
  parts: FlowParts,
  plan: Plan,
  standing: Standing,
): Promise<Standing | Stopped> {
  const { desk, programs, config } = parts;
  const { aiTests } = plan;
  const place = placeOf('ai');
  if (aiTests.length === 0) {
    await desk.conclude({ place, decision: 'skipped', detail: 'there are no AI tests' });
    return standing;
  }
  const run = await programs.run(standing.program, { aiTests, place });
  const names = run.tests.map(({ name }) => name);
  const own = names.filter((name) => name.startsWith('AI test'));
  const known = config.ai_tests.public_tests_at_both_ends
    ? names.filter((name) => !own.includes(name))
    : [];
  const { total, anchors, temperature } = config.ai_fixes;
  const stage: FixStage = {
    stage: 'ai',
    temperature,
    total,
    perTest: 1,
    order: [...known, ...own, ...known],
    closerIsEnough: false,
    anchors,
    heldBy: ({ run: ran }, seen) =>
      new Set(anchors ? [...passedNames(ran.tests)].filter((name) => seen.has(name)) : []),
  };
  return await fix(parts, { plan, stage, aiTests }, { ...standing, run });
}

interface FixTask {
  readonly plan: Plan;
  readonly stage: FixStage;
  readonly aiTests: Plan['aiTests'];
}

/** Goes through the tests of a stage and has each failed one mended, while fixes are left. */
async function fix(
  parts: FlowParts,
  task: FixTask,
  standing: Standing,
): Promise<Standing | Stopped> {
  const { stage } = task;
  let current = standing;
  let fixes = 0;
  // What passed of the public tests holds in every stage, from the start on.
  const seen = new Set(
    current.run.tests.flatMap(({ name }) => (name.startsWith('public') ? [name] : [])),
  );
  for (const target of stage.order) {
    seen.add(target);
    for (let tries = 0; tries < stage.perTest && fixes < stage.total; tries += 1) {
      if (passedNames(current.run.tests).has(target)) break;
      fixes += 1;
      const place = placeOf(stage.stage, fixes);
      const fixed = await fixOnce(parts, { ...task, target, place, seen }, current);
      if ('kind' in fixed) return fixed;
      current = fixed;
    }
  }
  await tellEnd(parts, task, { current, fixes, seen });
  return current;
}

async function fixOnce(
  { desk, asker, programs, config }: FlowParts,
  {
    plan,
    stage,
    aiTests,
    target,
    place,
    seen,
  }: FixTask & {
    readonly target: string;
    readonly place: FlowPlace;
    readonly seen: ReadonlySet<string>;
  },
  current: Standing,
): Promise<Standing | Stopped> {
  const asked: Asked<CodeAnswer> = await asker.ask({
    place,
    prompt: 'alphacodium.fix',
    schema: codeSchema,
    temperature: stage.temperature,
    values: {
      reflection: plan.reflection,
      code: indented(current.program.source),
      failure: failureText(current.run, target),
    },
    otherwise: programAlone,
  });
  if (asked.kind === 'stopped') return asked;
  if (asked.kind === 'unreadable') {
    await desk.conclude({ place, decision: 'fallback', detail: asked.problem });
    return current;
  }
  const program = { language: config.language, source: asked.value.code };
  const run = await programs.run(program, { aiTests, place });
  const held = stage.heldBy(current, seen);
  const { decision, detail } = decideFix({
    target,
    held,
    before: current.run.tests,
    after: run.tests,
    closerIsEnough: stage.closerIsEnough,
  });
  await desk.conclude({
    place,
    decision,
    detail,
    content: asked.value.analysis,
    program,
    run,
    anchors: stage.anchors ? held : new Set(),
  });
  return decision === 'kept' ? { program, run } : current;
}

/** What stands when a stage is over. */
async function tellEnd(
  { desk }: FlowParts,
  { stage }: FixTask,
  {
    current,
    fixes,
    seen,
  }: { readonly current: Standing; readonly fixes: number; readonly seen: ReadonlySet<string> },
): Promise<void> {
  const { tests } = current.run;
  const place = placeOf(stage.stage);
  if (tests.length === 0) {
    await desk.conclude({ place, decision: 'skipped', detail: 'there are no tests' });
    return;
  }
  await desk.conclude({
    place,
    decision: fixes === 0 ? 'skipped' : 'kept',
    detail: fixes === 0 ? 'nothing to fix, or no fix allowed' : `fixes tried: ${String(fixes)}`,
    run: current.run,
    anchors: stage.anchors ? stage.heldBy(current, seen) : new Set(),
  });
}
