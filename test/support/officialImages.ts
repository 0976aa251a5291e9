import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Host } from '../../src/runner/index';
import { createDockerProvider } from '../../src/runner/sandbox/docker';
import { calculator, fixedCalculator, git, TestRepository } from './repositories';
import { never } from './temp';

/** A repository as it would come with an official image, in a folder that becomes the image's context. */
export interface Crafted {
  readonly context: string;
  readonly repository: TestRepository;
  readonly base: string;
  /** A commit whose object must not be found. */
  readonly fix: string;
  readonly goldPatch: string;
  /** Objects of the base commit and its ancestors. */
  readonly allowed: readonly string[];
}

/** History before the base commit, the base commit checked out, and the fix in no place yet but one loose commit. */
export async function craft(folder: string): Promise<Crafted> {
  const testbed = path.join(folder, 'testbed');
  const repository = await TestRepository.make(testbed, calculator);
  await repository.commit({ 'README.md': 'first\n', '.gitignore': 'ignored.txt\n' }, 'earlier');
  const base = await repository.commit({ 'README.md': 'base\n' }, 'base');
  const goldPatch = await repository.patch({ 'calc/__init__.py': fixedCalculator });
  const fix = await repository.commit({ 'calc/__init__.py': fixedCalculator }, 'SECRET fix');
  await git(testbed, 'reset', '-q', '--hard', base);
  const listed = (await git(testbed, 'rev-list', '--objects', base)).trim().split('\n');
  const allowed = listed.map((line) => line.slice(0, 40));
  return { context: folder, repository, base, fix, goldPatch, allowed };
}

/** Puts the fix into every place of a git directory, and of the image around it, that history is known to hide in. */
export async function hideFixEverywhere({
  context,
  repository,
  base,
  fix,
}: Crafted): Promise<void> {
  const at = (...args: readonly string[]): Promise<string> => git(repository.path, ...args);
  const put = async (name: string, content: string | Buffer): Promise<void> => {
    const file = path.join(repository.path, '.git', name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  };
  await at('tag', '-a', 'v2', '-m', 'SECRET tag', fix);
  await at('tag', 'v1', `${base}~1`);
  await at('branch', 'SECRET-branch', fix);
  await at('notes', 'add', '-m', 'SECRET note', base);
  await at('remote', 'add', 'origin', 'https://example.com/SECRET.git');
  await at('config', 'branch.main.description', 'SECRET description');
  await at('update-ref', 'refs/remotes/origin/main', fix);
  await at('update-ref', 'refs/pull/1/head', fix);
  await at('replace', `${base}~1`, fix);
  await at('pack-refs', '--all');
  await at('update-ref', '-m', 'SECRET reflog', 'refs/heads/later', fix);
  await writeFile(path.join(repository.path, 'README.md'), 'SECRET stash\n');
  await at('stash');
  await at('commit-graph', 'write', '--reachable');
  await at('worktree', 'add', '-q', '--detach', path.join(context, 'other'), fix);
  await at('repack', '-q', '-a');
  // What an interrupted fetch leaves: git does not see it, `git index-pack` does.
  const packs = path.join(repository.path, '.git/objects/pack');
  for (const file of await packFiles(packs)) {
    await cp(file, path.join(packs, 'tmp_pack_SECRET'));
    await cp(file, path.join(packs, `pack-${'0'.repeat(40)}.pack`));
  }
  for (const file of ['ORIG_HEAD', 'MERGE_HEAD', 'BISECT_HEAD']) await put(file, `${fix}\n`);
  await put('FETCH_HEAD', `${fix}\t\tbranch 'main' of https://example.com/SECRET\n`);
  await put('info/grafts', `${base} ${fix}\n`);
  for (const file of ['MERGE_MSG', 'lost-found/other/blob', 'rr-cache/1/postimage', 'fix.patch'])
    await put(file, 'SECRET content\n');
  await put('rebase-apply/0001', 'SECRET patch\n');
  await put('hooks/post-checkout', '#!/bin/sh\n# SECRET hook\n');
  // Borrowed objects, and a copy of the repository elsewhere.
  await git(context, 'clone', '-q', '--bare', repository.path, path.join(context, 'mirror.git'));
  await git(context, 'clone', '-q', repository.path, path.join(context, 'copy'));
  await put('objects/info/alternates', '/srv/mirror.git/objects\n');
  await put('worktrees/other/gitdir', '/srv/other/.git\n');
  await writeFile(path.join(context, 'other', '.git'), 'gitdir: /testbed/.git/worktrees/other\n');
  // Staged and unstaged again in the files: only the index has it.
  await writeFile(path.join(repository.path, 'calc/__init__.py'), fixedCalculator);
  await at('add', 'calc/__init__.py');
  await writeFile(path.join(repository.path, 'calc/__init__.py'), calculator['calc/__init__.py']);
}

async function packFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith('.pack')).map((name) => path.join(folder, name));
}

/** Builds the image of a crafted repository on top of the default environment. @returns its name */
export async function buildOfficialImage(
  host: Host,
  { context }: Pick<Crafted, 'context'>,
): Promise<string> {
  const options = { signal: never, onProgress: () => undefined };
  await using provider = await createDockerProvider(host, options);
  const { name: from } = await provider.resolveImage(null, options);
  const around = (await readdir(context)).filter(
    (name) => !['testbed', 'Dockerfile'].includes(name),
  );
  const dockerfile = path.join(context, 'Dockerfile');
  const copies = around.map((name) => `COPY ${name} /srv/${name}`);
  await writeFile(dockerfile, [`FROM ${from}`, 'COPY testbed /testbed', ...copies, ''].join('\n'));
  const source = { kind: 'dockerfile', dockerfile, context } as const;
  return (await provider.resolveImage(source, options)).name;
}
