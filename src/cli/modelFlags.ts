import type { Command } from 'commander';
import { Option } from 'commander';
import { modelProviderSchema } from '../runner/model';
import { integer, numberFrom, seconds } from './numbers';

/** Adds the flags that say which model answers and how it is asked. */
export function addModelFlags(command: Command): Command {
  return command
    .option('--model <name>', 'model of agents that need one: NAME or PROVIDER:NAME')
    .addOption(
      new Option('--provider <name>', 'who serves the model (default: chutes)').choices(
        modelProviderSchema.options,
      ),
    )
    .option('--base-url <url>', 'OpenAI-compatible endpoint of the model')
    .addOption(
      new Option('--tool-calls <how>', 'how the model calls tools').choices([
        'auto',
        'native',
        'text',
      ]),
    )
    .option('--temperature <t>', 'sampling temperature', numberFrom(0, 2))
    .option('--max-output-tokens <n>', 'longest answer of the model', integer(1))
    .option('--context-window <n>', 'tokens that the model takes in all', integer(1))
    .option('--requests-per-minute <n>', 'rate limit of the whole run', integer(1))
    .option('--tokens-per-minute <n>', 'rate limit of the whole run', integer(1));
}

/** Adds the flags that limit what the models may spend. */
export function addSpendingFlags(command: Command): Command {
  return command
    .option('--max-cost <usd>', 'stop when the models have cost this much', numberFrom(0))
    .option('--max-tokens <n>', 'stop when the models have used this many tokens', integer(1))
    .option('--max-time <s>', 'stop the run after this many seconds', seconds)
    .option('--max-turns <n>', 'model calls per trial (default 100)', integer(1))
    .option('--max-trial-cost <usd>', 'what the model may cost in one trial', numberFrom(0))
    .option('--max-trial-tokens <n>', 'tokens that one trial may use', integer(1))
    .option('--cache', 'answer model requests that were made before from the cache');
}
