import * as z from 'zod';
import { priceSchema } from './usage';

export const modelProviderSchema = z.enum(['chutes', 'openai', 'custom', 'vscode', 'scripted']);
export type ModelProvider = z.infer<typeof modelProviderSchema>;

/** The part of a run's configuration that says which model answers and how it is asked. */
export const modelConfigShape = {
  model: z
    .string()
    .optional()
    .describe(
      "Model of agents that need one; a prefix names the provider (openai:gpt-5, vscode:copilot/gpt-5, scripted:answers.jsonl). Default: the provider's own",
    ),
  provider: modelProviderSchema
    .optional()
    .describe('Who serves the model. Default: custom when base_url is given, else chutes'),
  base_url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('OpenAI-compatible endpoint of the provider `custom`'),
  tool_calls: z
    .enum(['auto', 'native', 'text'])
    .default('auto')
    .describe("How tools are called: by the model's own tool calls, or in fenced text blocks"),
  temperature: z.number().min(0).max(2).optional().describe('Sampling temperature'),
  max_output_tokens: z
    .int()
    .positive()
    .default(8192)
    .describe('Longest answer of the model, reasoning included'),
  context_window: z
    .int()
    .positive()
    .optional()
    .describe(
      "Tokens that the model takes in all. Default: the model's own where known, else 75000",
    ),
  requests_per_minute: z.int().positive().optional().describe('Rate limit of the whole run'),
  tokens_per_minute: z.int().positive().optional().describe('Rate limit of the whole run'),
  model_retries: z.int().nonnegative().default(5).describe('Retries of a request that failed'),
  model_timeout_s: z
    .number()
    .positive()
    .max(300) // then Node's own fetch gives up
    .default(300)
    .describe('Longest time that a request may take without sending anything, at most 300'),
  prices: z
    .record(z.string(), priceSchema)
    .optional()
    .describe('US dollars per million tokens, by model; extends the table that is built in'),
};
export const modelConfigSchema = z.object(modelConfigShape);
export type ModelConfig = z.infer<typeof modelConfigSchema>;
