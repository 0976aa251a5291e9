import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * The git repository of `owner/name` in a folder of repositories: `owner/name`, or one folder whose name says both
 * (`owner__name`, `owner+name.git`), or the name alone; the repository itself or in a folder of its own inside. null: it
 * is not there.
 */
export async function findRepository(folder: string, repository: string): Promise<string | null> {
  const [owner = '', name = ''] = repository.split('/');
  const wanted = [plain(`${owner}-${name}`), plain(name)];
  const entries = await readdir(folder).catch(() => []);
  const candidates = [
    path.join(folder, owner, name),
    path.join(folder, owner, `${name}.git`),
    ...wanted.flatMap((want) =>
      entries.filter((entry) => plain(entry) === want).map((entry) => path.join(folder, entry)),
    ),
  ];
  for (const candidate of candidates) {
    const inside = (await readdir(candidate).catch(() => [])).map((entry) =>
      path.join(candidate, entry),
    );
    for (const place of [candidate, ...inside]) if (await isRepository(place)) return place;
  }
  return null;
}

function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/\.git$/, '')
    .replaceAll(/[^a-z0-9]+/g, '-');
}

async function isRepository(folder: string): Promise<boolean> {
  const there = async (...parts: string[]): Promise<boolean> =>
    stat(path.join(folder, ...parts)).then(
      () => true,
      () => false,
    );
  return (await there('.git', 'HEAD')) || ((await there('HEAD')) && (await there('objects')));
}
