import * as z from 'zod';
import type { ToolSpec } from '../../llm/model';
import type { Answer, Read } from './interview';

/** The tool that a reviewer answers with. */
export const reviewTool: ToolSpec = {
  name: 'submit_review',
  description: 'Hands in the review of a program that was run.',
  parameters: {
    type: 'object',
    properties: {
      is_bug: {
        type: 'boolean',
        description: 'true when the program failed, or when its result cannot be trusted',
      },
      summary: {
        type: 'string',
        description:
          'Two or three sentences: what the result tells, or what is wrong and how it can be mended',
      },
      metric: {
        type: ['number', 'null'],
        description: 'The validation score that the program printed; null when there is none',
      },
      lower_is_better: {
        type: 'boolean',
        description:
          'true when a lower score is better (an error, a loss), false when a higher one is',
      },
      has_csv_submission: {
        type: 'boolean',
        description: 'Whether the program writes what is to be handed in',
      },
    },
    required: ['is_bug', 'summary', 'metric', 'lower_is_better', 'has_csv_submission'],
    additionalProperties: false,
  },
};

/** What a reviewer made of a run. */
export interface Review {
  readonly isBug: boolean;
  readonly summary: string;
  readonly metric: number | null;
  readonly lowerIsBetter: boolean | null;
  readonly handsIn: boolean;
}

/** Models write `"true"` for true and `"0.87"` for 0.87. */
const flag = z.union([
  z.boolean(),
  z
    .string()
    .trim()
    .toLowerCase()
    .pipe(z.enum(['true', 'false']))
    .transform((word) => word === 'true'),
]);
const score = z.union([
  z.number(),
  z
    .string()
    .trim()
    .transform((text) => (text === '' ? Number.NaN : Number(text))),
  z.null(),
]);

const reviewSchema = z.object({
  is_bug: flag,
  summary: z.string().trim().default(''),
  metric: score.optional(),
  lower_is_better: flag.nullish(),
  has_csv_submission: flag.nullish(),
});

/** A review as the call of the tool, or as JSON in the text of a model that calls none. */
export function readReview({ text, toolCalls }: Answer): Read<Review> {
  const call = toolCalls.find(({ name }) => name === reviewTool.name) ?? toolCalls[0];
  const value = jsonIn(call?.arguments ?? text);
  if (value === undefined) return { ok: false, problem: 'it calls no tool with a JSON object' };
  const parsed = reviewSchema.safeParse(value);
  if (!parsed.success) return { ok: false, problem: z.prettifyError(parsed.error) };
  const { is_bug: isBug, summary, metric, lower_is_better, has_csv_submission } = parsed.data;
  const isScore = typeof metric === 'number' && Number.isFinite(metric);
  return {
    ok: true,
    value: {
      isBug,
      summary,
      metric: isScore ? metric : null,
      lowerIsBetter: lower_is_better ?? null,
      handsIn: has_csv_submission ?? true,
    },
  };
}

/** The object from the first brace to the last: some models talk around it. */
function jsonIn(text: string): unknown {
  const [start, end] = [text.indexOf('{'), text.lastIndexOf('}')];
  if (start === -1 || end < start) return undefined;
  try {
    return JSON.parse(text.slice(start, end + 1));
  } catch {
    return undefined; // whoever asks says what is expected
  }
}
