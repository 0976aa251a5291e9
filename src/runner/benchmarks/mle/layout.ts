/** Where everything is in the sandbox of an agent, as MLE-bench lays it out. */
export const agentFolders = {
  data: '/home/data',
  submission: '/home/submission',
  code: '/home/code',
  logs: '/home/logs',
} as const;

export const instructionsFile = '/home/instructions.txt';

/** Asks the validation service, for whoever works in a shell. */
export const validationScript = '/home/validate_submission.sh';

/** What a competition's agent hands in, in the folder for it. */
export const submissionFile = 'submission.csv';

/** Where a sandbox that grades has what was handed in. */
export const handedIn = '/home/handed-in';

/** Where a sandbox that grades a technique task sees both sides of its data. */
export const techniqueFolder = '/mnt/technique';
