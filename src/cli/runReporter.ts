import { styleText } from 'node:util';
import type { TrialPhase, TrialStatus } from '../runner/model';
import { classOf } from '../runner/model';
import type { RunObserver } from '../runner/index';
import type { CliContext } from './context';

/** Tells a run on stderr: what is waited for before it starts, then one line a trial when it ends. */
export function runReporter(context: CliContext): RunObserver {
  let ended = 0;
  return {
    onProgress: (line) => {
      context.say(line);
    },
    onEvent: (event, state) => {
      if (event.type === 'run.note') {
        context.say(event.level === 'warning' ? `warning: ${event.text}` : event.text);
      } else if (event.type === 'trial.ended') {
        ended += 1;
        const left = [...state.trials.values()].filter(({ phase }) => !isOver(phase)).length;
        const { status, duration_s, detail, cause } = event.result;
        const why = detail ?? cause;
        context.say(
          `[${ended}/${ended + left}] ${colored(status)} ${event.trial} (${duration_s.toFixed(1)} s)${why === null ? '' : ` – ${why}`}`,
        );
      } else if (event.type === 'run.ended' && event.end !== 'finished') {
        context.say(`run ${event.end}${event.cause === undefined ? '' : ` (${event.cause})`}`);
      }
    },
  };
}

function isOver(phase: TrialPhase): boolean {
  return phase === 'ended' || phase === 'skipped';
}

/** The status in colour where stderr is a terminal; the word always says it too. */
export function colored(status: TrialStatus): string {
  const kind = classOf(status);
  const color = kind === 'resolved' ? 'green' : kind === 'unresolved' ? 'red' : 'yellow';
  return styleText(color, status, { stream: process.stderr });
}
