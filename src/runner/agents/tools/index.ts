import type { Sandbox } from '../../sandbox/sandbox';
import type { Tool } from '../tool';
import { editFileTool } from './editFile';
import { listFilesTool } from './listFiles';
import { readFileTool } from './readFile';
import { searchTool } from './search';
import { shellTool } from './shell';
import { submitTool } from './submit';
import { writeFileTool } from './writeFile';

/** The tools that serve every task whose work is on files, in the order in which they are offered. */
export function fileTools(sandbox: Sandbox): readonly Tool[] {
  return [
    listFilesTool(sandbox),
    readFileTool(sandbox),
    searchTool(sandbox),
    editFileTool(sandbox),
    writeFileTool(sandbox),
    shellTool(sandbox),
    submitTool,
  ];
}
