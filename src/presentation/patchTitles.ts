import type { PatchedFile } from '../runner/index';

/** `django__django-11099 (trial 1): models.py`. Of several files the editor itself says the number. */
export function patchTitle(
  trial: { readonly taskId: string; readonly attempt: number },
  files: readonly PatchedFile[],
): string {
  const [first] = files;
  const name = `${trial.taskId} (trial ${trial.attempt + 1})`;
  return files.length === 1 && first !== undefined ? `${name}: ${baseName(first.path)}` : name;
}

export function baseName(path: string): string {
  return path.split('/').at(-1) ?? path;
}

/** One file on two sides; null where it does not exist there. */
export interface ComparedFile {
  readonly path: string;
  readonly left: string | null;
  readonly right: string | null;
}

/**
 * Two patches of the same base, file by file. A file that only one of them touches stands on the other side as it is in
 * the base; files that both leave with the same content are left out.
 */
export function comparePatches(
  left: readonly PatchedFile[],
  right: readonly PatchedFile[],
): readonly ComparedFile[] {
  const leftByPath = new Map(left.map((file) => [file.path, file]));
  const rightByPath = new Map(right.map((file) => [file.path, file]));
  const paths = [...new Set([...leftByPath.keys(), ...rightByPath.keys()])].sort();
  return paths.flatMap((path) => {
    const onLeft = leftByPath.get(path);
    const onRight = rightByPath.get(path);
    const base = onLeft?.base ?? onRight?.base ?? null;
    const file: ComparedFile = {
      path,
      left: onLeft === undefined ? base : onLeft.patched,
      right: onRight === undefined ? base : onRight.patched,
    };
    return file.left === file.right ? [] : [file];
  });
}
