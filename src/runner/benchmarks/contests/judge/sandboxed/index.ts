import compiled from './compiled.py';
import supervisor from './supervisor.py';
import supervisorCommon from './supervisorCommon.py';
import supervisorEnds from './supervisorEnds.py';
import supervisorMachine from './supervisorMachine.py';
import toolchains from './toolchains.py';
import zygote from './zygote.py';
import zygoteChild from './zygoteChild.py';
import zygoteCommon from './zygoteCommon.py';
import zygoteProgram from './zygoteProgram.py';

/** One Python program, in several files. */
const warmInterpreter = [
  zygoteCommon,
  toolchains,
  compiled,
  zygoteChild,
  zygote,
  zygoteProgram,
].join('\n\n');

/** The judge's supervisor, which carries the warm interpreter's program with it. */
const program = [
  toolchains,
  supervisorCommon,
  supervisorEnds,
  supervisor,
  supervisorMachine,
  `ZYGOTE = ${JSON.stringify(warmInterpreter)}`,
  'main()',
].join('\n\n');

/** The command that starts a judge in a sandbox of the profile `judge`; its stdin and stdout speak judgeFrames. */
export const judgeCommand: readonly string[] = ['python3', '-ISE', '-c', program];
