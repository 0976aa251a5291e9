import * as z from 'zod';
import type { Agent, AgentContext, AgentOutcome } from './agent';
import { Loop } from './loop';
import type { Prompts } from './prompts';
import { fillPrompt } from './prompts';
import type { Tool } from './tool';
import { Toolbox } from './toolbox';

type Role = 'planner' | 'coder' | 'tester';

/** What each role may call, besides handing over. */
const reading = ['list_files', 'read_file', 'search'];
const checking = [...reading, 'shell', 'swe_pytest', 'submit'];
const rolesOf: Readonly<
  Record<Role, { readonly to: readonly [Role, ...Role[]]; may: (tool: Tool) => boolean }>
> = {
  planner: { to: ['coder'], may: ({ name }) => reading.includes(name) },
  coder: { to: ['tester'], may: ({ name }) => name !== 'submit' },
  tester: { to: ['coder', 'planner'], may: ({ name }) => checking.includes(name) },
};

interface Handover {
  readonly to: Role;
  readonly message: string;
}

/** A planner, a coder and a tester, each with a conversation and tools of its own, who hand the work over to each other. */
export function teamAgent(prompts: Prompts): Agent {
  return {
    name: 'team',
    async solve(context): Promise<AgentOutcome> {
      const members = new Map<Role, Member>();
      const tools = await context.tools();
      const task = fillPrompt(prompts['runner.task'], context);
      let role: Role = 'planner';
      let message = task;
      for (;;) {
        let member = members.get(role);
        if (member === undefined) {
          member = new Member(role, context, tools);
          members.set(role, member);
          await member.loop.tell('system', fillPrompt(prompts[`team.${role}`], context));
          if (role !== 'planner') message = `${task}\n\n${message}`;
        }
        await member.loop.tell('user', message);
        const end = await member.loop.work();
        if (end.kind === 'ended') return end.outcome;
        const next = member.takeHandover();
        const { to, message: content } = next;
        await context.record({ kind: 'handover', from: role, to, content, agent: role });
        message = `From the ${role}:\n\n${next.message}`;
        role = next.to;
      }
    },
  };
}

class Member {
  readonly loop: Loop;
  #handover: Handover | null = null;

  constructor(role: Role, context: AgentContext, tools: readonly Tool[]) {
    const { to, may } = rolesOf[role];
    const handOver: Tool = handOverTool(to, (handover) => {
      this.#handover = handover;
    });
    const toolbox = new Toolbox([...tools.filter(may), handOver]);
    this.loop = new Loop({ context, toolbox, role });
  }

  takeHandover(): Handover {
    const handover = this.#handover;
    this.#handover = null;
    if (handover === null) throw new TypeError('nothing was handed over');
    return handover;
  }
}

function handOverTool(to: readonly [Role, ...Role[]], take: (handover: Handover) => void): Tool {
  const parameters = z.object({
    to: z.enum(to).describe('Who goes on'),
    message: z.string().min(1).describe('What they need to know; they do not see what you read'),
  });
  return {
    name: 'hand_over',
    description: 'Hands the work over to another member of the team, who goes on from here.',
    parameters,
    changesFiles: false,
    call(args) {
      take(parameters.parse(args));
      return Promise.resolve({ ok: true, text: 'Handed over.', ends: 'handed_over' });
    },
  };
}
