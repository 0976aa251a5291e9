import type { Agent, AgentOutcome } from './agent';
import { Loop } from './loop';
import type { Prompts } from './prompts';
import { fillPrompt } from './prompts';
import { Toolbox } from './toolbox';

/** One model with all of the task's tools, until it submits or a limit ends it. */
export function runnerAgent(prompts: Prompts): Agent {
  return {
    name: 'runner',
    async solve(context): Promise<AgentOutcome> {
      const toolbox = new Toolbox(await context.tools());
      const loop = new Loop({ context, toolbox, role: null });
      await loop.tell('system', fillPrompt(prompts['runner.system'], context));
      await loop.tell('user', fillPrompt(prompts['runner.task'], context));
      const end = await loop.work();
      if (end.kind === 'handed_over') throw new TypeError('there is nobody to hand over to');
      return end.outcome;
    },
  };
}
