import path from 'node:path';
import * as z from 'zod';
import type { Tool, ToolResult } from '../../agents/tool';
import type { MleTask } from '../../model';
import { RunnerError } from '../../model';
import type { Sandbox } from '../../sandbox/sandbox';
import type { Furnishing, OpenSandbox, TrialContext } from '../benchmark';
import type { DataPlaces } from './dataPlaces';
import { gradeFile, gradingMounts } from './gradeSubmission';
import { agentFolders, submissionFile } from './layout';
import { ownLimits } from './mleEnvironment';
import { bringPrograms } from './programs';
import type { FormatAnswer } from './validationService';
import { validationService } from './validationService';

/** Where MLE-bench's service is, as agents know it. */
const port = 5000;
const checkMs = 300_000;
/** What is sent to the service is held in memory; larger ones are checked when they are graded. */
const mostBytes = 256 * 1024 ** 2;

/**
 * Tells an agent whether its submission has the right format and nothing else: at a port of its sandbox, as MLE-bench does,
 * and as a tool. The check runs in a sandbox of its own, where the answers' ids are; it is opened on first use.
 */
export async function openValidation(
  task: MleTask,
  sandbox: Sandbox,
  {
    trial,
    places,
    folder,
  }: {
    readonly trial: TrialContext & { readonly open: OpenSandbox };
    readonly places: DataPlaces;
    /** The competition's, absolute. */
    readonly folder: string;
  },
): Promise<Furnishing> {
  const { signal } = trial;
  let opening: Promise<Sandbox> | null = null;
  const open = async (): Promise<Sandbox> => {
    const checker = await trial.open('validation', {
      mounts: gradingMounts(places),
      limits: ownLimits,
    });
    await bringPrograms(checker, { config: task.competition, folder }, { signal });
    return checker;
  };
  let last: Promise<unknown> = Promise.resolve();
  const checkNow = async (file: Uint8Array): Promise<FormatAnswer> => {
    opening ??= open();
    const checker = await opening.catch((error: unknown) => {
      // The next check tries for itself.
      opening = null;
      throw error;
    });
    const place = path.posix.join(agentFolders.submission, submissionFile);
    await checker.writeFile(place, file, { signal });
    const outcome = await gradeFile(place, {
      exec: (argv) => checker.exec(argv, { cwd: '/', timeoutMs: checkMs, signal }),
      formatOnly: true,
    });
    if (!outcome.ok) throw new CheckFailure(outcome.detail);
    const { valid_submission: valid, message } = outcome.value;
    return { valid, reason: message };
  };
  // One file has the place at a time.
  const check = (file: Uint8Array): Promise<FormatAnswer> => {
    const checked = last.then(() => checkNow(file));
    last = checked.catch(() => undefined);
    return checked;
  };
  const service = validationService({ check, maxBytes: mostBytes });
  const listener = await sandbox.listen(port, service.accept, { signal, maxConnections: 8 });
  return {
    tools: [validateTool(sandbox, check)],
    async [Symbol.asyncDispose]() {
      service.close();
      await listener[Symbol.asyncDispose]();
    },
  };
}

const parameters = z.object({});

function validateTool(
  sandbox: Sandbox,
  check: (file: Uint8Array) => Promise<FormatAnswer>,
): Tool<typeof parameters> {
  const place = path.posix.join(agentFolders.submission, submissionFile);
  return {
    name: 'validate_submission',
    description: `Tells whether ${place} has the format that the competition asks for. It says nothing of its score.`,
    parameters,
    changesFiles: false,
    async call(_arguments, { signal }) {
      let file: Uint8Array;
      try {
        file = await sandbox.readFile(place, { maxBytes: mostBytes, signal });
      } catch (error) {
        if (RunnerError.is(error, 'not-found')) return { ok: false, text: `There is no ${place}.` };
        if (RunnerError.is(error, 'invalid-config'))
          return { ok: true, text: `${place} cannot be checked here: ${error.message}` };
        throw error;
      }
      return await checked(file, check);
    },
  };
}

/** A check that broke is not the submission's fault, and no reason to end a trial. */
async function checked(
  file: Uint8Array,
  check: (file: Uint8Array) => Promise<FormatAnswer>,
): Promise<ToolResult> {
  try {
    const { valid, reason } = await check(file);
    return valid
      ? { ok: true, text: 'The submission is valid.' }
      : { ok: false, text: `The submission is invalid: ${reason ?? ''}` };
  } catch (error) {
    if (!(error instanceof CheckFailure)) throw error;
    return { ok: true, text: 'The submission cannot be checked now; it is graded all the same.' };
  }
}

/** The program that checks broke, or took too long. */
class CheckFailure extends Error {}
