import * as z from 'zod';
import { fileTools } from '../../../agents/tools';
import type { Tool } from '../../../agents/tool';
import type { PatchLimits, RepositoryTask, StageLimits, StageResult } from '../../../model';
import { repositoryName } from '../../../model';
import type { Sandbox } from '../../../sandbox/sandbox';
import { applyPatchTool } from './applyPatchTool';
import { pytestTool } from './pytestTool';

export interface SweToolOptions {
  readonly task: RepositoryTask;
  readonly sandbox: Sandbox;
  readonly limits: StageLimits;
  readonly patchLimits: PatchLimits;
  /** What became of the stages that prepared the environment. */
  readonly prepared: readonly StageResult[];
}

/** What an agent may call on a repository task: the stages of the task under their limits, and the tools for files. */
export function sweTools(options: SweToolOptions): readonly Tool[] {
  const { task, sandbox } = options;
  // The name alone: an address may be a path of the host, or hold more than an agent is to know.
  const cloned = `${repositoryName(task.repo)} at ${task.ref} is in ${sandbox.workdir}.`;
  const installed =
    task.install === null
      ? 'This task has nothing to install.'
      : `It was installed by: ${task.install}`;
  const clone = preparedTool({
    name: 'swe_clone',
    description: `Clones the task's repository at its commit into ${sandbox.workdir}.`,
    stage: options.prepared.find(({ stage }) => stage === 'clone'),
    text: cloned,
  });
  const install = preparedTool({
    name: 'swe_install',
    description: "Installs the task's project in the sandbox.",
    stage: options.prepared.find(({ stage }) => stage === 'install'),
    text: installed,
  });
  return [clone, install, applyPatchTool(options), pytestTool(options), ...fileTools(sandbox)];
}

const noParameters = z.object({});

/** Clone and install are done once, before an agent begins and with the network on; calling them tells what came of it. */
function preparedTool({
  name,
  description,
  stage,
  text,
}: {
  readonly name: string;
  readonly description: string;
  readonly stage: StageResult | undefined;
  readonly text: string;
}): Tool<typeof noParameters> {
  const ended =
    stage === undefined ? 'not needed' : stage.cause === 'snapshot' ? 'done' : stage.cause;
  return {
    name,
    description: `${description} This was done before you began; it tells what came of it.`,
    parameters: noParameters,
    changesFiles: false,
    call: () => Promise.resolve({ ok: true, text: `${text} (${ended})` }),
  };
}
