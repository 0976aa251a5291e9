/** One row of a data file, numbered from 1; a line of text by its line. */
export type DataRow =
  | { readonly number: number; readonly value: unknown }
  | { readonly number: number; readonly problem: string };

/** A data file that cannot be read on, and where that was found; 0: the file as a whole. */
export class DataFileError extends Error {
  readonly row: number;

  constructor(row: number, message: string) {
    super(message);
    this.name = 'DataFileError';
    this.row = row;
  }
}
