import type { FileMetaData, SchemaElement } from 'hyparquet';

/** Names that formats put between a list and what is in it. */
const listParts: ReadonlySet<string> = new Set(['list', 'element', 'bag', 'array', 'item']);

/**
 * The metadata of a file as if it had these columns only, so that no other is read. `a.b` is a part of a column: a field
 * of a struct, of a list of structs, or of a struct of lists.
 */
export function selectColumns(metadata: FileMetaData, columns: readonly string[]): FileMetaData {
  const isWanted = (path: readonly string[]): boolean => {
    const name = fieldPath(path);
    return columns.some((column) => name === column || name.startsWith(`${column}.`));
  };
  return {
    ...metadata,
    schema: prune(metadata.schema, isWanted),
    row_groups: metadata.row_groups.map((group) => ({
      ...group,
      columns: group.columns.filter(({ meta_data: meta }) => isWanted(meta?.path_in_schema ?? [])),
    })),
  };
}

/** A leaf's path without what formats put between: `solutions.language` for `solutions.language.list.element`. */
export function fieldPath(path: readonly string[]): string {
  return path.filter((part, n) => n === 0 || !listParts.has(part)).join('.');
}

/** A schema is a list of elements, each followed by its children: keeps the wanted leaves and what they stand in. */
function prune(
  schema: readonly SchemaElement[],
  isWanted: (path: readonly string[]) => boolean,
): SchemaElement[] {
  let at = 0;
  const visit = (path: readonly string[]): readonly SchemaElement[] => {
    const element = schema[at];
    at += 1;
    if (element === undefined) return [];
    const own = at === 1 ? [] : [...path, element.name];
    if (element.num_children === undefined || element.num_children === 0)
      return isWanted(own) ? [element] : [];
    const children = Array.from({ length: element.num_children }, () => visit(own)).filter(
      (child) => child.length > 0,
    );
    return children.length === 0 && own.length > 0
      ? []
      : [{ ...element, num_children: children.length }, ...children.flat()];
  };
  return [...visit([])];
}
