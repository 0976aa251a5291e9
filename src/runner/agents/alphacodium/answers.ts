import * as z from 'zod';

const text = z.string().trim();
/** Points that a model may also give as one text. */
const points = z.union([z.array(z.unknown()).transform((items) => items.map(pointText)), text]);

/** What the model is asked for at each stage; what it may leave out has a default. */
export const reflectionSchema = z.object({
  reflection: points.transform(asBullets).pipe(z.string().min(1)),
  tests: z
    .array(z.object({ input: z.string().default(''), explanation: points.transform(asBullets) }))
    .default([]),
});
export type Reflection = z.output<typeof reflectionSchema>;

export const solutionsSchema = z.object({
  solutions: z
    .array(
      z.object({
        name: text.pipe(z.string().min(1)),
        outline: points.transform(asBullets).default(''),
        why: points.transform(asBullets).default(''),
        complexity: text.default(''),
      }),
    )
    .min(1),
});
export type PossibleSolution = z.output<typeof solutionsSchema>['solutions'][number];

export const choiceSchema = z.object({
  name: text.pipe(z.string().min(1)),
  why: points.transform(asBullets).default(''),
  flow: points.transform(asBullets).default(''),
});
export type Choice = z.output<typeof choiceSchema>;

export const testsSchema = z.object({
  tests: z
    .array(
      z.object({
        input: z.string(),
        output: z.string(),
        explanation: points.transform(asBullets).default(''),
      }),
    )
    .min(1),
});
export type AiTest = z.output<typeof testsSchema>['tests'][number];

export const codeSchema = z.object({
  analysis: points.transform(asBullets).default(''),
  code: z
    .string()
    .transform(fencedCode)
    .refine((code) => code.trim() !== '', 'the program is empty'),
});
export type CodeAnswer = z.output<typeof codeSchema>;

/** The program alone, where it stands in a fence of its own. */
export function fencedCode(text: string): string {
  const [, , code] =
    /(?:^|\n)[ \t]*(`{3,}|~{3,})[ \t]*[\w+#-]*[ \t]*\n([\s\S]*?)(?:\n[ \t]*\1|$)/.exec(text) ?? [];
  return code ?? text;
}

function pointText(item: unknown): string {
  if (typeof item === 'string') return item.trim();
  if (typeof item !== 'object' || item === null) return String(item);
  // `- text: more` is read as a key with a value.
  return Object.entries(item)
    .map(([key, value]) => `${key}: ${pointText(value)}`)
    .join('; ');
}

function asBullets(given: string | readonly string[]): string {
  return typeof given === 'string' ? given : given.map((point) => `- ${point}`).join('\n');
}
