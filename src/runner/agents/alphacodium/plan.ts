import type { AlphacodiumConfig, ContestTask } from '../../model';
import type { AiTest, PossibleSolution, Reflection } from './answers';
import { choiceSchema, reflectionSchema, solutionsSchema, testsSchema } from './answers';
import type { Asker, Stopped } from './ask';
import { chosenIndex, withoutBruteForce } from './decisions';
import type { Desk } from './desk';
import type { Programs } from './programs';
import { block } from './programs';
import { placeOf } from './stages';

/** What all stages work with. */
export interface FlowParts {
  readonly task: ContestTask;
  readonly config: AlphacodiumConfig;
  readonly asker: Asker;
  readonly programs: Programs;
  readonly desk: Desk;
}

/** What is known before the first program is written. */
export interface Plan {
  readonly reflection: string;
  readonly solutions: readonly PossibleSolution[];
  /** Where the chosen one stands among them. */
  readonly chosen: number;
  /** How the chosen one goes, in the words of the choice. */
  readonly flow: string;
  readonly aiTests: readonly AiTest[];
}

/** Stages 1 to 4: everything that is thought of before the first program. */
export async function makePlan(parts: FlowParts): Promise<Plan | Stopped> {
  const reflection = await reflect(parts);
  if (typeof reflection !== 'string') return reflection;
  const solutions = await findSolutions(parts, reflection);
  if ('kind' in solutions) return solutions;
  const choice = await choose(parts, { reflection, solutions });
  if ('kind' in choice) return choice;
  const aiTests = await makeTests(parts, reflection);
  if ('kind' in aiTests) return aiTests;
  return { reflection, solutions, ...choice, aiTests };
}

async function reflect({ config, asker, desk }: FlowParts): Promise<string | Stopped> {
  const place = placeOf('reflect');
  const asked = await asker.ask({
    place,
    prompt: 'alphacodium.reflect',
    schema: reflectionSchema,
    temperature: config.reflect.temperature,
    values: {},
  });
  if (asked.kind === 'stopped') return asked;
  if (asked.kind === 'unreadable') {
    const detail = `${asked.problem}; the problem stands for itself`;
    await desk.conclude({ place, decision: 'fallback', detail });
    return '';
  }
  const content = reflectionText(asked.value);
  await desk.conclude({ place, decision: 'kept', content, detail: repaired(asked.repairs) });
  return content;
}

function reflectionText({ reflection, tests }: Reflection): string {
  const explained = tests.map(
    ({ explanation }, n) => `Public test ${String(n + 1)}: ${explanation.trim()}`,
  );
  return [reflection, ...explained].join('\n\n');
}

async function findSolutions(
  { config, asker, desk }: FlowParts,
  reflection: string,
): Promise<readonly PossibleSolution[] | Stopped> {
  const place = placeOf('solutions');
  const { count, drop_brute_force: drop, temperature } = config.solutions;
  const asked = await asker.ask({
    place,
    prompt: 'alphacodium.solutions',
    schema: solutionsSchema,
    temperature,
    values: { reflection, count: String(count) },
  });
  if (asked.kind === 'stopped') return asked;
  if (asked.kind === 'unreadable') {
    const detail = `${asked.problem}; the first program is written without`;
    await desk.conclude({ place, decision: 'fallback', detail });
    return [{ name: 'Direct solution', outline: '', why: '', complexity: '' }];
  }
  const proposed = asked.value.solutions.slice(0, count);
  const solutions = drop ? withoutBruteForce(proposed) : proposed;
  const dropped = proposed.filter((solution) => !solutions.includes(solution));
  const detail =
    dropped.length === 0
      ? repaired(asked.repairs)
      : `left out: ${dropped.map(({ name }) => name).join(', ')}`;
  await desk.conclude({ place, decision: 'kept', content: solutionsText(proposed), detail });
  return solutions;
}

async function choose(
  { config, asker, desk }: FlowParts,
  {
    reflection,
    solutions,
  }: { readonly reflection: string; readonly solutions: readonly PossibleSolution[] },
): Promise<Pick<Plan, 'chosen' | 'flow'> | Stopped> {
  const place = placeOf('choose');
  const first = { chosen: 0, flow: solutions[0]?.outline ?? '' };
  if (solutions.length === 1) {
    await desk.conclude({ place, decision: 'skipped', detail: 'there is one solution' });
    return first;
  }
  const asked = await asker.ask({
    place,
    prompt: 'alphacodium.choose',
    schema: choiceSchema,
    temperature: config.choose.temperature,
    values: { reflection, solutions: solutionsText(solutions) },
  });
  if (asked.kind === 'stopped') return asked;
  if (asked.kind === 'unreadable') {
    const detail = `${asked.problem}; the first solution is taken`;
    await desk.conclude({ place, decision: 'fallback', detail });
    return first;
  }
  const { name, why, flow } = asked.value;
  const content = [`**${name}**`, why, flow].filter((part) => part !== '').join('\n\n');
  await desk.conclude({ place, decision: 'kept', content, detail: repaired(asked.repairs) });
  return { chosen: chosenIndex(solutions, asked.value), flow };
}

async function makeTests(
  { task, config, asker, desk }: FlowParts,
  reflection: string,
): Promise<readonly AiTest[] | Stopped> {
  const place = placeOf('tests');
  const { count, temperature } = config.ai_tests;
  if (count === 0) {
    await desk.conclude({ place, decision: 'skipped', detail: 'no tests are asked for' });
    return [];
  }
  const asked = await asker.ask({
    place,
    prompt: 'alphacodium.tests',
    schema: testsSchema,
    temperature,
    values: { reflection, count: String(count) },
  });
  if (asked.kind === 'stopped') return asked;
  if (asked.kind === 'unreadable') {
    const detail = `${asked.problem}; there are the public tests alone`;
    await desk.conclude({ place, decision: 'fallback', detail });
    return [];
  }
  const tests = newTests(asked.value.tests, task.publicTests).slice(0, count);
  const content = tests.map(testText).join('\n\n');
  const detail = repaired(asked.repairs) ?? `new ones: ${String(tests.length)}`;
  await desk.conclude({ place, decision: 'kept', content, detail });
  return tests;
}

/** Without those whose input is that of a public test or of another one: what is right there is known. */
function newTests(
  tests: readonly AiTest[],
  known: readonly { readonly input: string }[],
): readonly AiTest[] {
  const inputs = new Set(known.map(({ input }) => input.trim()));
  return tests.filter(({ input }) => {
    const isNew = !inputs.has(input.trim());
    inputs.add(input.trim());
    return isNew;
  });
}

function testText({ input, output, explanation }: AiTest, n: number): string {
  const text = `AI test ${String(n + 1)}\n\nInput:\n\n${block(input)}\n\nOutput:\n\n${block(output)}`;
  return explanation === '' ? text : `${text}\n\n${explanation}`;
}

function solutionsText(solutions: readonly PossibleSolution[]): string {
  return solutions.map(solutionText).join('\n\n');
}

/** A solution as a section of a prompt. */
export function solutionText({ name, outline, why, complexity }: PossibleSolution): string {
  return [`**${name}**${complexity === '' ? '' : ` (${complexity})`}`, outline, why]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** What had to be put right in an answer, for people. */
export function repaired(repairs: readonly string[]): string | null {
  return repairs.length === 0 ? null : `the answer was put right: ${repairs.join(', ')}`;
}
