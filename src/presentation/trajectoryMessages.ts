import * as z from 'zod';
import { flowPlaceSchema, outcomeFactsSchema } from '../runner/model/flow';
import { outcomeViewSchema } from './flowOutcome';

const count = z.int().nonnegative();
const stepNumber = z.int().positive();

/** A step as the list shows it; all of them together are the page's index. */
export const stepRowSchema = z.object({
  step: stepNumber,
  kind: z.enum(['message', 'model', 'tool', 'handover', 'outcome', 'node', 'submission', 'end']),
  /** Who speaks or what is used: `System`, `Model`, `shell`. */
  who: z.string(),
  text: z.string(),
  /** The role in a team. */
  agent: z.string().nullable(),
  ok: z.boolean(),
  /** Files or a program changed; there is a diff to open. */
  changes: z.boolean(),
  seconds: z.number().nonnegative(),
  /** Milliseconds since the epoch. */
  time: z.number(),
  usage: z
    .object({
      input: count,
      output: count,
      /** US dollars; null: not known. */
      cost: z.number().nonnegative().nullable(),
      estimated: z.boolean(),
    })
    .nullable(),
  /** Where it stands in an agent's plan, where it has one. */
  flow: flowPlaceSchema.nullable(),
  /** What a stage of the plan came to. */
  outcome: outcomeFactsSchema.nullable(),
});
export type StepRow = z.infer<typeof stepRowSchema>;

/** One part of an opened step. Always text, never markup. */
export const stepBlockSchema = z.object({
  /** `diff`: lines that begin with `+`, `-`, `@` or a space. */
  form: z.enum(['prose', 'code', 'command', 'diff', 'error']),
  title: z.string().nullable(),
  text: z.string(),
  /** Shown by its title alone until it is asked for. */
  folded: z.boolean(),
  /** Characters that were left out of `text`; 0: it is all there. */
  omitted: count,
});
export type StepBlock = z.infer<typeof stepBlockSchema>;

export const stepBodyViewSchema = z.object({
  step: stepNumber,
  blocks: z.array(stepBlockSchema),
  facts: z.array(z.object({ name: z.string(), value: z.string() })),
  /** The tool said more than the model read; all of it is in a file. */
  wholeOutput: z.boolean(),
  /** What a stage of a flow came to. */
  outcome: outcomeViewSchema.nullable(),
});
export type StepBodyView = z.infer<typeof stepBodyViewSchema>;

export const trajectoryHeaderSchema = z.object({
  title: z.string(),
  subtitle: z.array(z.string()),
  status: z.object({
    label: z.string(),
    tone: z.enum(['passed', 'failed', 'warning', 'running', 'idle']),
  }),
  facts: z.array(z.object({ name: z.string(), value: z.string() })),
  modelSeconds: z.number().nonnegative(),
  toolSeconds: z.number().nonnegative(),
  /** Steps may still come. */
  live: z.boolean(),
});
export type TrajectoryHeader = z.infer<typeof trajectoryHeaderSchema>;

/** What the editor tells the page. */
export const toPageSchema = z.discriminatedUnion('type', [
  /** The page begins anew with this header and no steps. */
  z.object({
    type: z.literal('start'),
    run: z.string(),
    trial: z.string(),
    header: trajectoryHeaderSchema,
    /** Steps that are there; they follow in `rows`. */
    steps: count,
    /** The step to go to. */
    reveal: stepNumber.nullable(),
  }),
  z.object({ type: z.literal('rows'), rows: z.array(stepRowSchema) }),
  z.object({ type: z.literal('header'), header: trajectoryHeaderSchema }),
  z.object({ type: z.literal('bodies'), bodies: z.array(stepBodyViewSchema) }),
  /** More steps whose whole text holds what is looked for. */
  z.object({
    type: z.literal('found'),
    search: z.int(),
    steps: z.array(stepNumber),
    done: z.boolean(),
  }),
  z.object({ type: z.literal('reveal'), step: stepNumber }),
  z.object({ type: z.literal('failed'), message: z.string() }),
]);
export type ToPage = z.infer<typeof toPageSchema>;

/** What the page asks of the editor. It can name steps only: no path, address or command comes from it. */
export const fromPageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({
    type: z.literal('bodies'),
    steps: z.array(stepNumber).max(200),
    /** Without the limit on long texts. */
    whole: z.boolean(),
  }),
  /** An empty text ends the search. */
  z.strictObject({ type: z.literal('search'), search: z.int(), text: z.string().max(1000) }),
  z.strictObject({ type: z.literal('selected'), from: stepNumber, to: stepNumber }),
  z.strictObject({ type: z.literal('openDiff'), from: stepNumber, to: stepNumber }),
  z.strictObject({ type: z.literal('openOutput'), step: stepNumber }),
  /** The program of a stage's outcome. */
  z.strictObject({ type: z.literal('openProgram'), step: stepNumber }),
  /** Expected against actual output of one of its tests, by its place from 0. */
  z.strictObject({ type: z.literal('openTest'), step: stepNumber, test: count }),
  z.strictObject({ type: z.literal('diffSinceStart') }),
]);
export type FromPage = z.infer<typeof fromPageSchema>;

/** What the page remembers; the editor reads `run` and `trial` of it when it restores the tab. */
export const trajectoryStateSchema = z.object({
  run: z.string(),
  trial: z.string(),
  kinds: z.array(z.enum(['stages', 'messages', 'model', 'tools', 'errors', 'changes'])).catch([]),
  agent: z.string().nullable().catch(null),
  query: z.string().catch(''),
  expandAll: z.boolean().catch(false),
  /** Steps that are otherwise than `expandAll` says. */
  toggled: z.array(stepNumber).catch([]),
  current: stepNumber.nullable().catch(null),
  /** The step at the top of what was shown. */
  top: stepNumber.nullable().catch(null),
  follow: z.boolean().catch(true),
});
export type TrajectoryState = z.infer<typeof trajectoryStateSchema>;
