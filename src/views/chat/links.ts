import type * as vscode from 'vscode';

/** A trial that an answer speaks of. */
export interface CitedTrial {
  readonly runId: string;
  readonly trialId: string;
}

/** What can be opened of a trial; made by extension.ts from the commands. */
export type TrialLinks = (trial: CitedTrial) => readonly vscode.Command[];
