import { parse } from 'yaml';
import * as z from 'zod';
import { yamlRepairs } from './yamlRepairs';

/** An answer as its schema says, or why it cannot be read, in words for the model. */
export type ReadAnswer<T> =
  | {
      readonly ok: true;
      readonly value: T;
      /** What had to be put right, by the names of the repairs. */
      readonly repairs: readonly string[];
    }
  | { readonly ok: false; readonly problem: string };

/** Scalars stay the texts that were written: `007` is no 7 and `1e3` no 1000. */
const failsafe = {
  schema: 'failsafe',
  strict: false,
  uniqueKeys: false,
  logLevel: 'silent',
} as const;

/**
 * Reads an answer that is meant to be YAML of the schema's shape. As written first, then with one repair after another,
 * until something fits.
 */
export function readAnswer<S extends z.ZodObject>(
  text: string,
  schema: S,
): ReadAnswer<z.output<S>> {
  const keys = keysOf(schema);
  const repairs: string[] = [];
  let best = 'there is no YAML in it';
  let current = text.replaceAll('\r\n', '\n');
  for (const step of [null, ...yamlRepairs]) {
    const repaired = step === null ? current : step.repair(current, keys);
    if (step !== null && repaired === current) continue;
    if (step !== null) repairs.push(step.name);
    current = repaired;
    const read = readYaml(current);
    if ('problem' in read) {
      best = read.problem;
      continue;
    }
    for (const { name, value } of shapesOf(read.value, schema)) {
      const parsed = schema.safeParse(value);
      if (parsed.success)
        return { ok: true, value: parsed.data, repairs: [...repairs, ...(name ? [name] : [])] };
      if (name === null) best = z.prettifyError(parsed.error);
    }
  }
  return { ok: false, problem: best };
}

function readYaml(text: string): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: parse(text, failsafe) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** What was read, and what may have been meant where a level of keys is missing or one too many. */
function* shapesOf(
  value: unknown,
  { shape }: z.ZodObject,
): Generator<{ readonly name: string | null; readonly value: unknown }> {
  yield { name: null, value };
  const keys = Object.keys(shape);
  if (Array.isArray(value)) {
    const lists = keys.filter((key) => shape[key] instanceof z.ZodArray);
    for (const key of lists) yield { name: 'missing key', value: { [key]: value } };
  } else if (typeof value === 'object' && value !== null) {
    const [only, ...others] = Object.entries(value);
    if (only !== undefined && others.length === 0 && !keys.includes(only[0]))
      for (const inner of shapesOf(only[1], z.object(shape)))
        yield { name: inner.name ?? 'key around it', value: inner.value };
  }
}

/** The keys of all levels. */
function keysOf(schema: z.ZodType): readonly string[] {
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([key, inner]) => [
      key,
      // The shape's values are schemas of the classic kind: these schemas are made here.
      ...keysOf(inner as z.ZodType),
    ]);
  if (schema instanceof z.ZodArray) return keysOf(schema.element as z.ZodType);
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional)
    return keysOf(schema.unwrap() as z.ZodType);
  return [];
}
