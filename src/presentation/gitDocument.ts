/** A file at a commit, as the editor's git extension names it in the query of a document's address. */
export interface GitDocument {
  readonly path: string;
  readonly commit: string;
}

/** What such a query says; null where it names no commit (the index, a branch, the other side of a diff). */
export function parseGitDocument(query: string): GitDocument | null {
  let value: unknown;
  try {
    value = JSON.parse(query);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('path' in value) || !('ref' in value))
    return null;
  const { path, ref } = value;
  if (typeof path !== 'string' || typeof ref !== 'string') return null;
  return /^[0-9a-f]{7,40}$/.test(ref) ? { path, commit: ref } : null;
}
