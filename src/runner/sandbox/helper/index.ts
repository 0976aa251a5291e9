import channel from './channel.py';
import child from './child.py';
import command from './command.py';
import common from './common.py';
import connections from './connections.py';
import files from './files.py';
import helper from './helper.py';
import main from './main.py';
import processes from './processes.py';

/** The first process of every sandbox: one Python program, in several files. */
export const helperProgram = [
  common,
  processes,
  files,
  child,
  channel,
  connections,
  command,
  helper,
  main,
].join('\n');

/**
 * The command that must be the first process of a sandbox, its stdin and stdout being the channel. It reads the
 * helper's program from there; the number of bytes is in the command, so that nothing has to be there before.
 */
export const helperCommand: readonly string[] = [
  'python3',
  '-ISE',
  '-c',
  [
    'import os',
    `n=${Buffer.byteLength(helperProgram)}`,
    's=b""',
    'while len(s)<n:',
    ' c=os.read(0,n-len(s))',
    ' if not c:raise SystemExit(1)',
    ' s+=c',
    'exec(compile(s,"benchyard","exec"))',
  ].join('\n'),
];
