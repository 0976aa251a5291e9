import * as z from 'zod';
import { RunnerError } from '../model';

/** What an agent of anybody handed in for one task. */
export interface Prediction {
  readonly taskId: string;
  /** null: it does not say. */
  readonly model: string | null;
  /** Empty: nothing was handed in. */
  readonly patch: string;
}

export interface Predictions {
  readonly predictions: readonly Prediction[];
  /** What was done to read them, for people. */
  readonly notes: readonly string[];
}

const text = z.string().nullish();
const recordSchema = z.looseObject({
  instance_id: text,
  instanceId: text,
  task_id: text,
  model_name_or_path: text,
  modelNameOrPath: text,
  model: text,
  model_patch: text,
  modelPatch: text,
  prediction: text,
  patch: text,
});
type PredictionRecord = z.infer<typeof recordSchema>;

/** A record and where it stands, for messages; `id` where the file says it outside of the record. */
interface Found {
  readonly where: string;
  readonly id: string | null;
  readonly value: unknown;
}

/**
 * Reads predictions in every shape that is met: JSON lines, a JSON list, an object by task id; snake or camel case; a
 * patch under `model_patch`, `prediction` or `patch`; null for nothing. The same prediction twice counts once.
 *
 * @throws `invalid-config` with file, place and what was expected, when anything in it is ambiguous
 */
export function parsePredictions(content: string, file: string): Predictions {
  const byId = new Map<string, Prediction[]>();
  const notes: string[] = [];
  for (const found of recordsOf(content.replace(/^\uFEFF/, ''), file)) {
    const prediction = predictionOf(found);
    const others = byId.get(prediction.taskId) ?? [];
    const known = others.find((other) => isSameAuthor(other, prediction));
    if (known !== undefined && known.patch !== prediction.patch)
      throw refused(found.where, `a second, different prediction for "${prediction.taskId}"`);
    if (known !== undefined) notes.push(`${found.where}: "${prediction.taskId}" again, the same`);
    if (prediction.patch.includes('\r\n'))
      notes.push(`${found.where}: the patch of "${prediction.taskId}" has CRLF line ends`);
    if (known === undefined) byId.set(prediction.taskId, [...others, prediction]);
  }
  if (byId.size === 0) throw refused(file, 'no prediction in it');
  return { predictions: [...byId.values()].flat(), notes };
}

/** A prediction that does not name its model may be anybody's. */
function isSameAuthor(one: Prediction, other: Prediction): boolean {
  return one.model === other.model || one.model === null || other.model === null;
}

/** How a model is called that its predictions do not name, as the official harness does. */
const unnamed = 'None';

/** Predictions by the name of their model, in the order in which the models come. */
export function byModel(
  predictions: readonly Prediction[],
): ReadonlyMap<string, readonly Prediction[]> {
  const models = new Map<string, Prediction[]>();
  for (const prediction of predictions) {
    const model = prediction.model ?? unnamed;
    models.set(model, [...(models.get(model) ?? []), prediction]);
  }
  return models;
}

/**
 * The predictions of one model.
 *
 * @throws `invalid-config` when there are several for a task and nobody says whose is meant
 */
export function predictionsOf(
  predictions: readonly Prediction[],
  model: string | undefined,
): readonly Prediction[] {
  const models = byModel(predictions);
  if (model !== undefined) {
    const own = models.get(model);
    if (own !== undefined) return own;
    throw new RunnerError('invalid-config', `There are no predictions of "${model}".`);
  }
  if (new Set(predictions.map(({ taskId }) => taskId)).size === predictions.length)
    return predictions;
  throw new RunnerError(
    'invalid-config',
    `The file has predictions of ${[...models.keys()].join(', ')}: say whose are meant (predictions_model).`,
  );
}

function recordsOf(content: string, file: string): readonly Found[] {
  const whole = jsonOf(content);
  if (Array.isArray(whole))
    return whole.map((value: unknown, n) => ({ where: `${file}[${String(n)}]`, id: null, value }));
  if (typeof whole === 'object' && whole !== null) {
    if (isRecord(whole)) return [{ where: file, id: null, value: whole }];
    return Object.entries(whole).map(([id, value]: [string, unknown]) => ({
      where: `${file}: ${id}`,
      id,
      value,
    }));
  }
  return content.split('\n').flatMap((line, n) => {
    if (line.trim() === '') return [];
    const where = `${file}:${String(n + 1)}`;
    const value = jsonOf(line);
    if (value === undefined) throw refused(where, 'not JSON');
    return [{ where, id: null, value }];
  });
}

/** Whether an object is one prediction by itself, and not predictions by their ids. */
function isRecord(value: object): boolean {
  return ['instance_id', 'instanceId', 'task_id'].some((key) => key in value);
}

function predictionOf({ where, id, value }: Found): Prediction {
  // An object by id may hold the patches themselves.
  const record =
    id !== null && (typeof value === 'string' || value === null) ? { patch: value } : value;
  const parsed = recordSchema.safeParse(record);
  if (!parsed.success) throw refused(where, z.prettifyError(parsed.error));
  const { data } = parsed;
  const inner = only(data, { keys: ['instance_id', 'instanceId', 'task_id'], where });
  if (id !== null && inner !== null && inner !== id)
    throw refused(where, `its id is "${inner}" inside and "${id}" outside`);
  const taskId = inner ?? id;
  if (taskId === null || taskId === '') throw refused(where, 'no instance_id');
  const keys = ['model_patch', 'modelPatch', 'prediction', 'patch'] as const;
  if (!keys.some((key) => key in data)) throw refused(where, `none of ${keys.join(', ')}`);
  return {
    taskId,
    model: only(data, { keys: ['model_name_or_path', 'modelNameOrPath', 'model'], where }),
    patch: only(data, { keys, where }) ?? '',
  };
}

/** The one value that stands under these keys; null when there is none. */
function only(
  record: PredictionRecord,
  { keys, where }: { readonly keys: readonly (keyof PredictionRecord)[]; readonly where: string },
): string | null {
  const values = keys.flatMap((key) => {
    const value = record[key];
    return typeof value === 'string' ? [value] : [];
  });
  const [first = null, ...others] = values;
  if (others.some((value) => value !== first)) throw refused(where, `${keys.join(' and ')} differ`);
  return first;
}

function jsonOf(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

function refused(where: string, why: string): RunnerError {
  return new RunnerError(
    'invalid-config',
    `${where}: ${why}; expected {"instance_id", "model_name_or_path", "model_patch"}.`,
  );
}
