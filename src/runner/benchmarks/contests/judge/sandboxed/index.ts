import supervisor from './supervisor.py';
import zygote from './zygote.py';

/** The judge's supervisor, which carries the zygote's program with it. */
const program = `${supervisor}\n\nZYGOTE = ${JSON.stringify(zygote)}\nmain()\n`;

/** The command that starts a judge in a sandbox of the profile `judge`; its stdin and stdout speak judgeFrames. */
export const judgeCommand: readonly string[] = ['python3', '-ISE', '-c', program];
