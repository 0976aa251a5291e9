import * as z from 'zod';
import { toneSchema } from './reportMessages';

export const lineNameSchema = z.enum(['gold', 'silver', 'bronze', 'median']);
export type LineName = z.infer<typeof lineNameSchema>;

/** A score at a place of the leaderboard, the first being 1. */
const placedSchema = z.object({ place: z.number().min(1), score: z.number() });
export type Placed = z.infer<typeof placedSchema>;

/** What the picture is drawn from. Numbers: the page draws it in the size that it has. */
export const boardSchema = z.object({
  lowerIsBetter: z.boolean(),
  /** null: nobody counted them, so there is no axis of places. */
  teams: z.int().positive().nullable(),
  /** By place. Of a whole leaderboard, or (`whole` false) just the points that thresholds tell. */
  curve: z.array(placedSchema),
  whole: z.boolean(),
  /** What each medal and the median ask for. `place`: the last that still gets it. */
  lines: z.array(
    z.object({ name: lineNameSchema, score: z.number(), place: z.number().nullable() }),
  ),
  marks: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      score: z.number(),
      /** Where it would stand; null: not known even roughly. */
      place: z.number().nullable(),
    }),
  ),
});
export type Board = z.infer<typeof boardSchema>;

const cellsSchema = z.array(z.string());

export const leaderboardViewSchema = z.object({
  title: z.string(),
  subtitle: z.array(z.string()),
  status: z.object({ label: z.string(), tone: toneSchema }),
  /** null: neither a leaderboard nor thresholds are known. */
  board: boardSchema.nullable(),
  /** The picture in words. */
  alternative: z.string(),
  /** What the picture leaves out, for people; empty: nothing. */
  note: z.string(),
  thresholds: z.array(z.object({ name: lineNameSchema, cells: cellsSchema })),
  entries: z.array(
    z.object({
      id: z.string(),
      tone: toneSchema,
      label: z.string(),
      cells: cellsSchema,
      /** Something was handed in that can be held against the sample. */
      comparable: z.boolean(),
    }),
  ),
});
export type LeaderboardView = z.infer<typeof leaderboardViewSchema>;

/** What a page is about: a competition, and the run whose trials stand on it; null: all runs. */
export const leaderboardSubjectSchema = z.object({
  competition: z.string(),
  run: z.string().nullable(),
});
export type LeaderboardSubject = z.infer<typeof leaderboardSubjectSchema>;

export const toLeaderboardPageSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('show'),
    subject: leaderboardSubjectSchema,
    view: leaderboardViewSchema,
  }),
  z.object({ type: z.literal('failed'), message: z.string() }),
]);
export type ToLeaderboardPage = z.infer<typeof toLeaderboardPageSchema>;

/** The page names entries of its own, and nothing else. */
export const fromLeaderboardPageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ready') }),
  z.strictObject({
    type: z.literal('entry'),
    id: z.string().max(2000),
    action: z.enum(['open', 'compare']),
  }),
]);
export type FromLeaderboardPage = z.infer<typeof fromLeaderboardPageSchema>;
export type EntryAction = Extract<FromLeaderboardPage, { readonly type: 'entry' }>['action'];
