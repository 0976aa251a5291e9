import * as z from 'zod';
import { environmentRecipeSchema } from './environmentRecipe';

/** Where a task's environment comes from. Paths are relative to the task's file. */
export const environmentSourceSchema = z.union(
  [
    z
      .string()
      .min(1)
      .transform((image) => ({ kind: 'image' as const, image })),
    z
      .strictObject({ image: z.string().min(1), workdir: z.string().startsWith('/').optional() })
      .transform((environment) => ({ kind: 'image' as const, ...environment })),
    z
      .strictObject({
        dockerfile: z.string().min(1),
        context: z.string().optional(),
        workdir: z.string().startsWith('/').optional(),
      })
      .transform((environment) => ({ kind: 'dockerfile' as const, ...environment })),
    z
      .strictObject({ devcontainer: z.string().min(1) })
      .transform((environment) => ({ kind: 'devcontainer' as const, ...environment })),
    environmentRecipeSchema.transform((spec) => ({ kind: 'spec' as const, spec })),
  ],
  {
    error:
      'expected an image name, {"image": …}, {"dockerfile": …, "context"?: …}, {"devcontainer": …} or {"python": …, "pip"?: …, "install"?: …}',
  },
);
export type EnvironmentSource = z.infer<typeof environmentSourceSchema>;
