import type { TaskBrief } from '../../agents/agent';
import type { MleTask, TechniqueId } from '../../model';
import { learningImage } from '../../sandbox/builtInImages';
import type { EnvironmentSpec } from '../../sandbox/sandbox';
import { agentFolders, submissionFile, validationScript } from './layout';
import { techniqueInfo } from './techniques';

const { data, submission, code, logs } = agentFolders;

/** Where everything is, for competitions and technique tasks alike. An image of the user's own speaks for itself. */
function placesIn({ source }: EnvironmentSpec): string {
  const usual = source?.kind === 'image' && source.image === learningImage.name;
  const packages = usual
    ? ' Python 3 with numpy, pandas, scipy, scikit-learn and Pillow is there.'
    : '';
  return `- \`${data}\`: the data, read-only.
- \`${submission}\`: what you hand in.
- \`${code}\`: your working folder; leave the code that made your submission here.
- \`${logs}\`: for logs, if you write any.

There is no network.${packages}`;
}

/** What an agent is told of a competition: what its author says of it, and where things are. */
export function competitionBrief(
  { competition, description }: MleTask,
  spec: EnvironmentSpec,
): TaskBrief {
  const { name, dataset } = competition;
  return {
    statement: `# ${name}\n\n${description.trim()}\n`,
    workdir: code,
    rules: `${placesIn(spec)}

Hand in \`${submission}/${submissionFile}\`, in the format of \`${data}/${dataset.sample_submission}\`. It is scored once, at the end, on answers
that you do not have; what stands there when your time is over counts. Whether its format is right tells
\`sh ${validationScript} ${submission}/${submissionFile}\`, as often as you like; it says nothing of the score.`,
  };
}

/** What an agent is told of a technique task. The task's own rules are in its data (`task.json`). */
export function techniqueBrief(
  task: MleTask,
  { technique, spec }: { readonly technique: TechniqueId; readonly spec: EnvironmentSpec },
): TaskBrief {
  const { title, description, artifacts } = techniqueInfo(technique);
  const files = artifacts.map((file) => `\`${submission}/${file}\``).join(', ');
  return {
    statement: `# ${title}\n\n${description}\n\n\`${data}/task.json\` says exactly what is asked, which words answers are made of, and the form of every file. The table
comes from the competition "${task.competition.name}"; its columns are renamed.\n`,
    workdir: code,
    rules: `${placesIn(spec)}\n\nHand in ${files}. They are checked by a program; prose is kept, but not scored.`,
  };
}

/** The text of `/home/instructions.txt`. */
export function instructionsOf({ statement, rules }: TaskBrief, agentSeconds: number): string {
  const hours = agentSeconds / 3600;
  const time =
    hours >= 2
      ? `${String(Math.round(hours))} hours`
      : `${String(Math.round(agentSeconds / 60))} minutes`;
  return `${statement.trim()}\n\n## Your workplace\n\n${rules.trim()}\n\nYou have ${time}.\n`;
}
