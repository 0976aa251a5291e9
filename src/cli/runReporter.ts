import { styleText } from 'node:util';
import type { TrialStatus } from '../runner/model';
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
      switch (event.type) {
        case 'run.note':
          context.say(event.level === 'warning' ? `warning: ${event.text}` : event.text);
          break;
        case 'trial.ended': {
          ended += 1;
          const { result } = event;
          const left = [...state.trials.values()].filter((trial) => trial.phase !== 'ended').length;
          const seconds = `${result.duration_s.toFixed(1)} s`;
          const why = result.detail ?? result.cause;
          context.say(
            `[${ended}/${ended + left}] ${colored(result.status)} ${event.trial} (${seconds})${why === null ? '' : ` – ${why}`}`,
          );
          break;
        }
        case 'run.ended':
          if (event.end !== 'finished') context.say(`run ${event.end}${event.cause === undefined ? '' : ` (${event.cause})`}`);
          break;
        default:
          break;
      }
    },
  };
}

/** The status in colour where stderr is a terminal; the word always says it too. */
export function colored(status: TrialStatus): string {
  const kind = classOf(status);
  const color = kind === 'resolved' ? 'green' : kind === 'unresolved' ? 'red' : 'yellow';
  return styleText(color, status, { stream: process.stderr });
}
