import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { World } from './setup';
import { sh } from './setup';

/** What mounts promise: files of the host that can be read inside, by whatever user, and never be changed. */
export function mountContract(world: () => World): void {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(world().host.tempDir, 'mounts with a space-'));
    // As in a home folder: nobody else may go through it.
    await mkdir(path.join(folder, 'private', 'data'), { recursive: true, mode: 0o755 });
    await writeFile(path.join(folder, 'private', 'data', 'train.csv'), 'id,y\n1,0\n');
    await writeFile(path.join(folder, 'private', 'answers.csv'), 'id,y\n2,1\n');
  });
  const mounts = (): { source: string; target: string }[] => [
    { source: path.join(folder, 'private', 'data'), target: '/home/data' },
    { source: path.join(folder, 'private', 'answers.csv'), target: '/mnt/answers.csv' },
  ];
  const write = 'for file in /home/data/train.csv /home/data/new /mnt/answers.csv; do';

  for (const profile of ['trial', 'builder'] as const) {
    test(`a ${profile} reads a folder and a file of the host, and changes neither`, async () => {
      await using box = await world().open({ profile, workdir: '/home/code', mounts: mounts() });
      const read = await sh(box, 'cat /home/data/train.csv /mnt/answers.csv; ls /home');
      expect(read.out).toContain('id,y\n1,0\nid,y\n2,1\n');
      expect(read.out).toContain('data\n');
      const tried = await sh(
        box,
        `${write} (echo x > $file) 2>/dev/null && echo "wrote $file"; done
rm -f /home/data/train.csv 2>/dev/null && echo removed
mount -o remount,rw /home/data 2>/dev/null && echo remounted
umount /home/data 2>/dev/null && echo unmounted
mv /home/data /home/other 2>/dev/null && echo moved
echo done`,
      );
      expect(tried.out).toBe('done\n');
      const kept = await readFile(path.join(folder, 'private', 'data', 'train.csv'), 'utf8');
      expect(kept).toBe('id,y\n1,0\n');
    });
  }

  test('what stands beside a mount can be written', async () => {
    await using box = await world().open({ workdir: '/home/code', mounts: mounts() });
    const said = await sh(
      box,
      'mkdir -p /home/submission && cp /home/data/train.csv /home/submission && echo ok',
    );
    expect(said.out).toBe('ok\n');
  });
}
