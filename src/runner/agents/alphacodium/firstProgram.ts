import type { ContestProgram, ContestRun } from '../../model';
import { codeSchema, fencedCode } from './answers';
import type { CodeAnswer } from './answers';
import type { Stopped } from './ask';
import { distanceOf, solutionOfTry } from './decisions';
import type { FlowParts, Plan } from './plan';
import { repaired, solutionText } from './plan';
import { placeOf } from './stages';

/** A program with what became of it on the tests. */
export interface Standing {
  readonly program: ContestProgram;
  readonly run: ContestRun;
}

/**
 * Stage 5: programs are written until one passes the public tests or no try is left; then the one that came closest
 * stands. null: none could be read.
 */
export async function firstProgram(
  parts: FlowParts,
  plan: Plan,
): Promise<Standing | Stopped | null> {
  const { retries, rotate_from: rotateFrom } = parts.config.initial_code;
  const count = plan.solutions.length;
  let best: Standing | null = null;
  for (let retry = 0; retry <= retries; retry += 1) {
    const index = solutionOfTry(retry, { chosen: plan.chosen, count, rotateFrom });
    const tried = await writeProgram(parts, plan, { retry, index });
    if (tried === null) continue;
    if ('kind' in tried) return tried;
    const closest = best === null || distanceOf(tried.run.tests) < distanceOf(best.run.tests);
    await parts.desk.conclude({
      place: placeOf('code', retry + 1),
      decision: closest ? 'kept' : 'discarded',
      detail: verdictOf(tried, { best, closest }),
      content: tried.analysis,
      program: tried.program,
      run: tried.run,
    });
    if (closest) best = tried;
    if (distanceOf(tried.run.tests) === 0) return best;
  }
  return best;
}

function verdictOf(
  { run, repairs }: Standing & { readonly repairs: readonly string[] },
  { best, closest }: { readonly best: Standing | null; readonly closest: boolean },
): string | null {
  if (run.tests.length === 0) return repaired(repairs) ?? 'there are no public tests';
  const distance = distanceOf(run.tests);
  if (distance === 0) return repaired(repairs) ?? 'it passes the public tests';
  if (best === null) return `distance ${distance.toFixed(2)}`;
  const other = `${distance.toFixed(2)} against ${distanceOf(best.run.tests).toFixed(2)}`;
  return closest ? `it comes closer: ${other}` : `an earlier one came as close or closer: ${other}`;
}

async function writeProgram(
  { config, asker, programs, desk }: FlowParts,
  { reflection, solutions, chosen, flow }: Plan,
  { retry, index }: { readonly retry: number; readonly index: number },
): Promise<
  (Standing & { readonly analysis: string; readonly repairs: readonly string[] }) | Stopped | null
> {
  const place = placeOf('code', retry + 1);
  const solution = solutions[index];
  if (solution === undefined) throw new TypeError(`there is no solution ${String(index)}`);
  const text =
    index === chosen && flow !== '' ? `**${solution.name}**\n\n${flow}` : solutionText(solution);
  const asked = await asker.ask({
    place,
    prompt: 'alphacodium.code',
    schema: codeSchema,
    temperature: config.initial_code.temperature,
    values: { reflection, solution: text },
    otherwise: programAlone,
  });
  if (asked.kind === 'stopped') return asked;
  if (asked.kind === 'unreadable') {
    await desk.conclude({ place, decision: 'fallback', detail: asked.problem });
    return null;
  }
  const program = { language: config.language, source: asked.value.code };
  const run = await programs.run(program, { place });
  return { program, run, analysis: asked.value.analysis, repairs: asked.repairs };
}

/** A program in a fence, with no YAML around it. */
export function programAlone(text: string): CodeAnswer | null {
  const code = fencedCode(text);
  return code === text || code.trim() === '' ? null : { analysis: '', code };
}
