import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import process from 'node:process';

/** Whether this user may mount. */
export const canMount = process.getuid?.() === 0 && process.platform === 'linux';

/** A disk of a test's own that is as full as the test wants. */
export class SmallDisk implements AsyncDisposable {
  readonly path: string;

  private constructor(folder: string) {
    this.path = folder;
  }

  static async mount(folder: string, size: string): Promise<SmallDisk> {
    await mkdir(folder, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
    return new SmallDisk(folder);
  }

  resize(size: string): void {
    execFileSync('mount', ['-o', `remount,size=${size}`, this.path]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    execFileSync('umount', ['-l', this.path]);
    return Promise.resolve();
  }
}
