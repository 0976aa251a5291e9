import * as z from 'zod';
import { byteSizeSchema } from './byteSize';

const containerUnits: Readonly<Record<string, number>> = {
  K: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
  T: 1024 ** 4,
};

/** `16G` or `512m`, as Docker writes sizes, beside those that are written everywhere. */
const containerSizeSchema = z.union(
  [
    byteSizeSchema,
    z
      .string()
      .regex(/^\d+[kmgt]$/i)
      .transform((text) => {
        const unit = containerUnits[text.slice(-1).toUpperCase()] ?? 1;
        return Number(text.slice(0, -1)) * unit;
      }),
  ],
  { error: 'expected a number of bytes, or a size such as 16G' },
);

/** What a container of MLE-bench's container config gets; its keys and units. */
export const containerConfigSchema = z.strictObject({
  mem_limit: containerSizeSchema
    .optional()
    .describe(
      'Memory, as bytes or a size such as 16G; files count, unless disk gives them room of their own',
    ),
  shm_size: containerSizeSchema.optional().describe('Room of /dev/shm'),
  nano_cpus: z.number().positive().optional().describe('Processors, in billionths'),
  disk: containerSizeSchema
    .optional()
    .describe('Room for all that the agent writes, beside mem_limit'),
  runtime: z
    .string()
    .optional()
    .describe("Container runtime, such as sysbox-runc; default: the engine's own"),
  gpus: z
    .union([z.literal(0), z.int().min(-1)])
    .optional()
    .describe('GPUs: their number, or -1 for all'),
});
export type ContainerConfig = z.infer<typeof containerConfigSchema>;

/** How competitions and technique tasks are run. */
export const mleConfigSchema = z.strictObject({
  data_dir: z
    .string()
    .optional()
    .describe("Folder of the competitions' data. Default: in the cache"),
  registry: z
    .array(z.string())
    .default([])
    .describe('Folders with competitions of your own, each a folder with a config.yaml'),
  container: containerConfigSchema.prefault({}).describe('Limits of the sandbox of an agent'),
  image: z
    .string()
    .optional()
    .describe('Image of the sandbox of an agent. Default: Python with scikit-learn and pandas'),
  max_submission: byteSizeSchema.default(1024 ** 3).describe('A larger submission is refused'),
});
export type MleConfig = z.infer<typeof mleConfigSchema>;
