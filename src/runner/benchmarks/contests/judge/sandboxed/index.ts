import compiled from './compiled.py';
import supervisor from './supervisor.py';
import toolchains from './toolchains.py';
import zygote from './zygote.py';

const zygoteProgram = [toolchains, compiled, zygote].join('\n\n');

/** The judge's supervisor, which carries the zygote's program with it. */
const program = [
  toolchains,
  supervisor,
  `ZYGOTE = ${JSON.stringify(zygoteProgram)}`,
  'main()',
].join('\n\n');

/** The command that starts a judge in a sandbox of the profile `judge`; its stdin and stdout speak judgeFrames. */
export const judgeCommand: readonly string[] = ['python3', '-ISE', '-c', program];
