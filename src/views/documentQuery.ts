import * as z from 'zod';

/**
 * What a read-only document shows. Ids only: the content is looked up when the tab is opened, also in the next session.
 * `file`: a file on one side of a patch; `tested`: a file as the tests saw it; `step`: a file before or after a range of an
 * agent's steps; `program`: a program before or after a stage of a flow; `flowTest`: what such a stage's test expected or
 * got; `output`: all that a tool said at a step; `patch`: a trial's patch as it is; `log`: what a stage printed;
 * `candidate`: a program that a contest trial handed in, by its place from 0; `submission`: what a competition's trial
 * handed in beside its sample, as tables; `node`: a node of a search over solutions, its program or what that printed;
 * `contestTest`: one side of a contest task's test, by its place from 0; `contestTests`: a page of its tests;
 * `statement`: what a task asks for; `taskPatch`: its author's solution or tests; `validation`: what validation found;
 * `grade`: what a file came to that was graded by hand.
 */
export const documentSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('file'),
    run: z.string(),
    trial: z.string(),
    patch: z.enum(['trial', 'gold']),
    side: z.enum(['base', 'patched']),
  }),
  z.strictObject({ kind: z.literal('tested'), run: z.string(), trial: z.string() }),
  z.strictObject({
    kind: z.literal('step'),
    run: z.string(),
    trial: z.string(),
    from: z.int().nonnegative(),
    to: z.int().nonnegative(),
    side: z.enum(['before', 'after']),
  }),
  z.strictObject({
    kind: z.literal('program'),
    run: z.string(),
    trial: z.string(),
    step: z.int().positive(),
    side: z.enum(['before', 'after']),
  }),
  z.strictObject({
    kind: z.literal('flowTest'),
    run: z.string(),
    trial: z.string(),
    step: z.int().positive(),
    test: z.int().nonnegative(),
    side: z.enum(['expected', 'actual']),
  }),
  z.strictObject({
    kind: z.literal('output'),
    run: z.string(),
    trial: z.string(),
    file: z.string(),
  }),
  z.strictObject({ kind: z.literal('patch'), run: z.string(), trial: z.string() }),
  z.strictObject({ kind: z.literal('log'), run: z.string(), trial: z.string(), stage: z.string() }),
  z.strictObject({
    kind: z.literal('candidate'),
    run: z.string(),
    trial: z.string(),
    index: z.int().nonnegative(),
  }),
  z.strictObject({
    kind: z.literal('submission'),
    run: z.string(),
    trial: z.string(),
    side: z.enum(['sample', 'submission']),
  }),
  z.strictObject({
    kind: z.literal('node'),
    run: z.string(),
    trial: z.string(),
    node: z.int().nonnegative(),
    part: z.enum(['code', 'output']),
  }),
  z.strictObject({
    kind: z.literal('contestTest'),
    file: z.string(),
    task: z.string(),
    tests: z.enum(['public_tests', 'private_tests', 'generated_tests']),
    index: z.int().nonnegative(),
    side: z.enum(['input', 'output']),
  }),
  z.strictObject({
    kind: z.literal('contestTests'),
    file: z.string(),
    task: z.string(),
    tests: z.enum(['public_tests', 'private_tests', 'generated_tests']),
  }),
  z.strictObject({ kind: z.literal('statement'), file: z.string(), task: z.string() }),
  z.strictObject({
    kind: z.literal('taskPatch'),
    file: z.string(),
    task: z.string(),
    patch: z.enum(['gold', 'test']),
  }),
  z.strictObject({ kind: z.literal('validation') }),
  z.strictObject({ kind: z.literal('grade'), grade: z.string() }),
]);
export type DocumentQuery = z.infer<typeof documentSchema>;
/** The documents that are about a trial of a run. */
export type TrialDocument = Extract<DocumentQuery, { readonly run: string }>;
export type TaskDocument = Exclude<DocumentQuery, TrialDocument>;
