import * as z from 'zod';
import { toolParameters } from '../../../model';
import type { Tool } from '../../../agents/tool';
import { applyPatch } from '../applyPatch';
import type { SweToolOptions } from './index';
import { toolStage } from './toolStage';

const parameters = z.object(toolParameters.swe_apply_patch);

/** Applies a patch as the pipeline applies what is handed in: with its guardrails, its ways and its limit. */
export function applyPatchTool({
  sandbox,
  limits,
  patchLimits,
}: Pick<SweToolOptions, 'sandbox' | 'limits' | 'patchLimits'>): Tool<typeof parameters> {
  return {
    name: 'swe_apply_patch',
    description: `Applies a unified diff to the repository. It is refused above ${String(patchLimits.max_bytes)} bytes, ${String(patchLimits.max_files)} files or ${String(patchLimits.max_hunks)} hunks.`,
    parameters,
    changesFiles: true,
    async call({ patch }, { signal }) {
      const stage = toolStage(limits.apply, signal);
      const applied = await applyPatch(stage, sandbox, { patch, limits: patchLimits });
      if (!applied.ok) return { ok: false, text: applied.detail };
      if (!('how' in applied.value))
        return { ok: false, text: `${applied.value.cause}: ${applied.value.detail}` };
      const { how } = applied.value;
      return {
        ok: true,
        text: how === 'already' ? 'It was applied already.' : `Applied (${how}).`,
      };
    },
  };
}
