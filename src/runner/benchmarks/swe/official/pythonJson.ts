/**
 * A value as `json.dumps(value, indent=4)` of Python writes it, which is how the official harness writes its files: all
 * but ASCII is escaped.
 */
export function pythonJson(value: unknown): string {
  return JSON.stringify(value, null, 4).replace(
    /[^\u0000-\u007e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
