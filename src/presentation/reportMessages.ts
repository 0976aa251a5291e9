import * as z from 'zod';

export const toneSchema = z.enum(['passed', 'failed', 'warning', 'running', 'idle']);
export type Tone = z.infer<typeof toneSchema>;

const share = z.number().min(0).max(1);
/** A rate with its 95 % interval, drawn as a bar. */
const rangeSchema = z.object({ rate: share, low: share, high: share });
export type RateRange = z.infer<typeof rangeSchema>;

/** What the rows are narrowed to when this is chosen: those with this value of a facet. */
const choiceSchema = z.object({ facet: z.string(), value: z.string() });
export type Choice = z.infer<typeof choiceSchema>;

/** Everything of the page but its rows. */
export const reportViewSchema = z.object({
  kind: z.enum(['run', 'comparison']),
  title: z.string(),
  subtitle: z.array(z.string()),
  status: z.object({ label: z.string(), tone: toneSchema }),
  headline: z.array(
    z.object({
      label: z.string(),
      value: z.string(),
      note: z.string(),
      tone: toneSchema.nullable(),
      range: rangeSchema.nullable(),
      choice: choiceSchema.nullable(),
    }),
  ),
  facts: z.array(z.object({ name: z.string(), value: z.string() })),
  tables: z.array(
    z.object({
      title: z.string(),
      head: z.array(z.string()),
      rows: z.array(
        z.object({
          cells: z.array(z.string()),
          range: rangeSchema.nullable(),
          choice: choiceSchema.nullable(),
        }),
      ),
    }),
  ),
  /** What rows are called: `trial`, `pair`. */
  rowName: z.string(),
  columns: z.array(z.object({ title: z.string(), kind: z.enum(['text', 'number']) })),
  /** The ends that rows come to, with their numbers. */
  ends: z.array(z.object({ value: z.string(), count: z.int(), tone: toneSchema })),
  /** Tasks that cannot tell right from wrong, and whether they are left out. */
  bad: z.object({
    tasks: z.array(z.object({ task: z.string(), why: z.string() })),
    leftOut: z.boolean(),
  }),
});
export type ReportView = z.infer<typeof reportViewSchema>;

/** How far a run is, and how it goes: what changes all the time while the rest of the page stands. */
export const progressViewSchema = z.object({
  /** The bar and what is expected are only worth something until all trials came to their end. */
  isOver: z.boolean(),
  label: z.string(),
  done: z.string(),
  shares: z.array(z.object({ label: z.string(), count: z.int(), share, tone: toneSchema })),
  facts: z.array(
    z.object({ name: z.string(), value: z.string(), note: z.string(), warns: z.boolean() }),
  ),
  failures: z.array(
    z.object({
      title: z.string(),
      message: z.string(),
      count: z.int(),
      tone: toneSchema,
      example: z.object({ trial: z.string(), detail: z.string() }),
      choice: choiceSchema,
      rerun: z.enum(['retry', 'anew']).nullable(),
    }),
  ),
  /** Groups that are not among them. */
  otherFailures: z.int(),
  nodes: z
    .object({ head: z.array(z.string()), rows: z.array(z.array(z.string())), others: z.int() })
    .nullable(),
});
export type ProgressView = z.infer<typeof progressViewSchema>;

const actionSchema = z.enum(['open', 'patch', 'trajectory', 'result']);
export type RowAction = z.infer<typeof actionSchema>;

/** A trial, or a pair of them. */
export const reportRowSchema = z.object({
  id: z.string(),
  /** In the order of the plan. */
  place: z.int().nonnegative(),
  tone: toneSchema,
  /** Name, end and numbers in words. */
  label: z.string(),
  /** One a column. */
  cells: z.array(z.string()),
  /** What a column of numbers is sorted by; null: nothing is known, which comes last. */
  numbers: z.array(z.number().nullable()),
  facets: z.record(z.string(), z.string()),
  actions: z.array(actionSchema),
});
export type ReportRow = z.infer<typeof reportRowSchema>;

/** What the editor tells the page. */
export const toReportPageSchema = z.discriminatedUnion('type', [
  /** The page begins anew; rows follow. `runs`: one, or the two that are compared. */
  z.object({
    type: z.literal('start'),
    runs: z.array(z.string()).min(1).max(2),
    view: reportViewSchema,
    rows: z.int().nonnegative(),
  }),
  z.object({ type: z.literal('view'), view: reportViewSchema }),
  z.object({ type: z.literal('progress'), progress: progressViewSchema }),
  /** New rows, and those that changed. */
  z.object({ type: z.literal('rows'), rows: z.array(reportRowSchema) }),
  z.object({ type: z.literal('failed'), message: z.string() }),
]);
export type ToReportPage = z.infer<typeof toReportPageSchema>;

/** What the page asks of the editor: it names rows of its own, and nothing else. */
export const fromReportPageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({ type: z.literal('row'), id: z.string().max(1000), action: actionSchema }),
  z.strictObject({ type: z.literal('export'), format: z.enum(['md', 'csv', 'json']) }),
  z.strictObject({ type: z.literal('compare') }),
  z.strictObject({ type: z.literal('leaveOut'), leftOut: z.boolean() }),
  /** The trials of a group of failures once more. */
  z.strictObject({ type: z.literal('rerun'), failure: z.string().max(1000) }),
]);
export type FromReportPage = z.infer<typeof fromReportPageSchema>;

const sortSchema = z.object({ column: z.int().nonnegative(), descending: z.boolean() });
export type ReportSort = z.infer<typeof sortSchema>;

/** What the page remembers; the editor reads `runs` and `leftOut` of it when it restores the tab. */
export const reportStateSchema = z.object({
  runs: z.array(z.string()).min(1).max(2),
  leftOut: z.boolean().catch(false),
  text: z.string().catch(''),
  choices: z.record(z.string(), z.string()).catch({}),
  sort: sortSchema.nullable().catch(null),
  current: z.string().nullable().catch(null),
  /** Pixels from the top of the page. */
  top: z.number().nonnegative().catch(0),
});
export type ReportState = z.infer<typeof reportStateSchema>;
