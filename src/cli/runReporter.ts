import { styleText } from 'node:util';
import type { TrialClass, TrialStatus } from '../runner/model';
import { classOf, ProgressCounter } from '../runner/model';
import type { RunObserver } from '../runner/index';
import type { CliContext } from './context';

/** Tells a run on stderr: what is waited for before it starts, then one line a trial when it ends. */
export function runReporter(context: CliContext): RunObserver {
  let ended = 0;
  const counter = new ProgressCounter();
  return {
    onProgress: (line) => {
      context.say(line);
    },
    onEvent: (event, state) => {
      counter.take(state, 'trial' in event ? [event.trial] : []);
      if (event.type === 'run.note') {
        context.say(event.level === 'warning' ? `warning: ${event.text}` : event.text);
      } else if (event.type === 'trial.ended') {
        ended += 1;
        const { left } = counter;
        const { status, duration_s, detail, cause } = event.result;
        const why = detail ?? cause;
        const node = state.trials.get(event.trial)?.node ?? null;
        context.say(
          `[${ended}/${ended + left}] ${colored(status)} ${event.trial} (${duration_s.toFixed(1)} s${node === null ? '' : `, ${node}`})${why === null ? '' : ` – ${why}`}`,
        );
      } else if (event.type === 'run.ended' && event.end !== 'finished') {
        context.say(`run ${event.end}${event.cause === undefined ? '' : ` (${event.cause})`}`);
      }
    },
  };
}

/** The status in colour where stderr is a terminal; the word always says it too. */
export function colored(status: TrialStatus): string {
  return styleText(colorOf(classOf(status)), status, { stream: process.stderr });
}

function colorOf(kind: TrialClass): 'green' | 'red' | 'yellow' {
  if (kind === 'resolved') return 'green';
  return kind === 'unresolved' ? 'red' : 'yellow';
}
