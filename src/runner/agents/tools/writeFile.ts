import * as z from 'zod';
import { toolParameters } from '../../model';
import type { Sandbox } from '../../sandbox/sandbox';
import type { Tool } from '../tool';
import { failed, writeText } from './sandboxCalls';

const parameters = z.object(toolParameters.write_file);

export function writeFileTool(sandbox: Sandbox): Tool<typeof parameters> {
  return {
    name: 'write_file',
    description:
      'Creates a file with this content, and the folders that it needs; a file that is there is replaced. To change a part of a file, use edit_file.',
    parameters,
    changesFiles: true,
    async call({ path, content }, { signal }) {
      const problem = await writeText(sandbox, { path, content }, { signal });
      if (problem !== null) return failed(problem);
      return { ok: true, text: `Wrote ${String(Buffer.byteLength(content))} bytes to ${path}.` };
    },
  };
}
