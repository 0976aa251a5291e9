import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { testPython } from './testPython';

/** A Python that runs notebooks. */
export const notebookPython = (): Promise<string | null> =>
  testPython({
    name: 'notebook-python',
    variable: 'BENCHYARD_TEST_JUPYTER',
    packages: ['nbclient', 'ipykernel'],
    probe: 'import nbclient, ipykernel',
  });

const program = `
import json, sys
import nbformat
from nbclient import NotebookClient

file, folder = sys.argv[1:]
notebook = nbformat.read(file, as_version=4)
nbformat.validate(notebook)
NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
print(json.dumps(notebook))
`;

/** What a cell of a notebook printed and came to. */
export interface Cell {
  readonly cell_type: string;
  readonly source: string;
  readonly outputs?: readonly {
    readonly output_type: string;
    readonly text?: string;
    readonly data?: Readonly<Record<string, string>>;
  }[];
}

/** Runs a notebook from top to bottom, as an editor would with its folder. Rejects when a cell fails. */
export async function runNotebook(
  python: string,
  {
    file,
    folder,
    env,
  }: { readonly file: string; readonly folder: string; readonly env: NodeJS.ProcessEnv },
): Promise<readonly Cell[]> {
  const { stdout } = await promisify(execFile)(python, ['-c', program, file, folder], {
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 ** 2,
  });
  return (JSON.parse(stdout) as { cells: readonly Cell[] }).cells;
}
