import { posix } from 'node:path';
import type { Sandbox } from '../../sandbox/sandbox';
import { RunnerError } from '../../model';
import type { Submission } from '../benchmark';
import { programsOf, submissionOf } from './programs';
import { solutionIn } from './tools/programFiles';

const mostBytes = 64 * 1024 * 1024;

/** What an agent left in its working folder: `candidates.jsonl`, else the file with its solution, else nothing. */
export async function collectPrograms(
  sandbox: Sandbox,
  { signal }: { readonly signal: AbortSignal },
): Promise<Submission> {
  const several = await readCandidates(sandbox, signal);
  const programs = programsOf({ kind: 'text', text: several });
  if (programs.length > 0) return submissionOf(programs);
  const one = await solutionIn(sandbox, { signal });
  return submissionOf(one === null ? [] : [one]);
}

async function readCandidates(sandbox: Sandbox, signal: AbortSignal): Promise<string> {
  const file = posix.join(sandbox.workdir, 'candidates.jsonl');
  try {
    const bytes = await sandbox.readFile(file, { maxBytes: mostBytes, signal });
    return Buffer.from(bytes).toString('utf8');
  } catch (error) {
    if (RunnerError.is(error, 'not-found') || RunnerError.is(error, 'invalid-config')) return '';
    throw error;
  }
}
