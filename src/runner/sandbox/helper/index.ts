import channel from './channel.py';
import child from './child.py';
import common from './common.py';
import files from './files.py';
import helper from './helper.py';
import processes from './processes.py';

/** The first process of every sandbox, one Python program of several files. */
export const helperProgram = [common, processes, files, child, channel, helper].join('\n');
