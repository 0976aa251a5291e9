import type * as vscode from 'vscode';
import { requireTrust } from '../ask';
import type { CommandContract } from '../contract';
import type { Services } from '../services';
import { askCandidate, askDocument } from './askCandidate';

/** Runs a file, as its editor holds it, on the public tests of its problem. */
export function runCandidate(services: Services): CommandContract['benchyard.candidate.run'] {
  return async (uri?: vscode.Uri) => {
    requireTrust();
    const file = await askCandidate(services, await askDocument(uri));
    if (file !== undefined) await services.candidates.run(file, ['public_tests']);
  };
}
