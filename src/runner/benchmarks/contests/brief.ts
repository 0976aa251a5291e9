import type { TaskBrief } from '../../agents/agent';
import type { ContestTask, ContestTest } from '../../model';
import type { JudgeLimits } from './judge/judge';
import { solutionNames } from './tools/programFiles';

/** What an agent is told: the problem with its public tests, and what is handed in. Nothing of the tests that decide. */
export function contestBrief(
  task: ContestTask,
  { workdir, limits }: { readonly workdir: string; readonly limits: JudgeLimits },
): TaskBrief {
  return { statement: contestStatement(task, limits), workdir, rules: rulesOf(task) };
}

/** The problem in Markdown. */
export function contestStatement(task: ContestTask, limits: JudgeLimits): string {
  const { name, statement, publicTests } = task;
  const facts = [
    `CPU time for a test: ${String(limits.cpuS)} s`,
    `memory: ${String(Math.round(limits.memoryBytes / 1024 ** 2))} MiB`,
    `input: ${task.inputFile ?? 'stdin'}`,
    `output: ${task.outputFile ?? 'stdout'}`,
  ];
  return [
    `# ${name}`,
    statement.trim(),
    ...(task.style === 'stdin' ? [facts.join(', ')] : []),
    ...publicTests.map(testText),
  ].join('\n\n');
}

function testText({ input, output }: ContestTest, n: number): string {
  return `## Public test ${String(n + 1)}\n\nInput:\n\n${fenced(input)}\n\nOutput:\n\n${fenced(output)}`;
}

/** In a fence that is longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text.trimEnd()}\n${fence}`;
}

function rulesOf({ style, frame }: ContestTask): string {
  const judged =
    style === 'stdin'
      ? 'It reads the input of a test and prints the output, and is run on tests that you do not see, each in a fresh process under the limits above.'
      : frame === null
        ? 'It is run as it is, and passes when it ends with exit code 0.'
        : 'It is put behind the text above, tests are put behind it, and the whole is run.';
  return [
    `Write one program into the working folder: ${solutionNames}. ${judged}`,
    'Several candidates may be handed in as `candidates.jsonl`, a line `{"language": "PYTHON3", "source": "…"}` each (PYTHON3, CPP or JAVA); then that file counts.',
  ].join('\n\n');
}
