import * as z from 'zod';

/** How the engine `slurm` submits. What is said here stands after what a run asks for by itself, so it wins. */
export const slurmConfigSchema = z.strictObject({
  partition: z.string().min(1).optional().describe('Partition; default: that of the cluster'),
  account: z.string().min(1).optional().describe('Account that the jobs are charged to'),
  args: z
    .array(
      z
        .string()
        .regex(/^-(?!-wrap)/, 'expected an option of sbatch with its value, such as --qos=high'),
    )
    .default([])
    .describe('More options of sbatch, such as --qos=high, --mem=0 or --export=NONE'),
});
export type SlurmConfig = z.infer<typeof slurmConfigSchema>;
