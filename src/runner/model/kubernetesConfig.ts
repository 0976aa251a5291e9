import * as z from 'zod';

/** Which cluster the engine `kubernetes` uses. What its pods are is a matter of the machine: see `BENCHYARD_JOB_TEMPLATE`. */
export const kubernetesConfigSchema = z.strictObject({
  context: z
    .string()
    .min(1)
    .optional()
    .describe('Context of the kubeconfig; default: its current one'),
  namespace: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'expected the name of a namespace')
    .optional()
    .describe("Namespace of the jobs; default: the context's"),
});
export type KubernetesConfig = z.infer<typeof kubernetesConfigSchema>;
