import type { ContestProgram, ContestTask } from '../../model';
import { isContestTask, RunnerError } from '../../model';
import type { Agent, AgentContext, AgentOutcome } from '../agent';
import type { Prompts } from '../prompts';
import { codeSchema } from './answers';
import { Asker } from './ask';
import type { Stopped } from './ask';
import { Desk } from './desk';
import { firstProgram, programAlone } from './firstProgram';
import { fixOnAiTests, fixOnPublicTests } from './fixes';
import type { FlowParts } from './plan';
import { makePlan, repaired } from './plan';
import { Programs } from './programs';
import { placeOf } from './stages';

const noProgram: Stopped = {
  kind: 'stopped',
  exitStatus: 'format_error',
  detail: 'no answer had a program that could be read',
};

/**
 * The AlphaCodium flow (Ridnik et al. 2024, arXiv:2401.08500) on a contest task: thinks, writes, tests and mends in seven
 * stages, each of them a step of the trajectory.
 */
export function alphacodiumAgent(prompts: Prompts): Agent {
  return {
    name: 'alphacodium',
    async solve(context): Promise<AgentOutcome> {
      const task = contestTaskOf(context);
      const desk = new Desk(context);
      const config = context.config.alphacodium;
      const parts: FlowParts = {
        task,
        config,
        desk,
        asker: new Asker(context, prompts),
        programs: await Programs.open(context),
      };
      const stopped = config.use_baseline ? await baseline(parts) : await flow(parts);
      return await handIn(context, { program: desk.program, stopped });
    },
  };
}

/** The seven stages; what stopped them before their end. */
async function flow(parts: FlowParts): Promise<Stopped | null> {
  const plan = await makePlan(parts);
  if ('kind' in plan) return plan;
  const first = await firstProgram(parts, plan);
  if (first === null) return noProgram;
  if ('kind' in first) return first;
  const passing = await fixOnPublicTests(parts, plan, first);
  if ('kind' in passing) return passing;
  const last = await fixOnAiTests(parts, plan, passing);
  return 'kind' in last ? last : null;
}

/** One plain question, for comparison. */
async function baseline({ config, asker, programs, desk }: FlowParts): Promise<Stopped | null> {
  const place = placeOf('baseline');
  const asked = await asker.ask({
    place,
    prompt: 'alphacodium.baseline',
    schema: codeSchema,
    temperature: config.baseline.temperature,
    values: {},
    otherwise: programAlone,
  });
  if (asked.kind === 'stopped') return asked;
  if (asked.kind === 'unreadable') {
    await desk.conclude({ place, decision: 'fallback', detail: asked.problem });
    return noProgram;
  }
  const program = { language: config.language, source: asked.value.code };
  const run = await programs.run(program, { place });
  const detail = repaired(asked.repairs);
  await desk.conclude({ place, decision: 'kept', detail, program, run });
  return null;
}

async function handIn(
  { record }: AgentContext,
  {
    program,
    stopped,
  }: { readonly program: ContestProgram | null; readonly stopped: Stopped | null },
): Promise<AgentOutcome> {
  const { exitStatus = 'submitted', detail = null } = stopped ?? {};
  const text = program === null ? '' : `${JSON.stringify(program)}\n`;
  if (program !== null) await record({ kind: 'submission', content: text });
  return { exitStatus, detail, submission: { kind: 'text', text } };
}

function contestTaskOf({ task }: AgentContext): ContestTask {
  if (isContestTask(task) && task.style === 'stdin') return task;
  throw new RunnerError(
    'invalid-task',
    `The agent "alphacodium" writes programs that read an input and print an output; ${task.taskId} is no such task.`,
  );
}
