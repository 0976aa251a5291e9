import { readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import type { KeptSandbox, StepSummary } from '../../../src/runner/index';
import { chooseProvider } from '../../../src/runner/sandbox/providers';
import { blobId } from '../../../src/runner/trajectory/treeStore';
import { calculator, git, TestRepository } from '../../support/repositories';
import type { EndedRun } from '../../support/runs';
import { Bench } from '../../support/runs';
import type { SandboxName } from '../../support/sandboxes';
import { describeOnEverySandbox } from '../../support/sandboxes';
import { never } from '../../support/temp';

const files = {
  ...calculator,
  'README.md': 'one\ntwo\nthree\n',
  'run.sh': 'echo hello\n',
  'docs/deep/page.txt': 'page\n',
  'docs/index.txt': 'index\n',
  'data/one.txt': '1\n',
  'data/two.txt': '2\n',
  '.gitignore': '*.log\n',
};

/** What an agent may do to files, a step each, and what the tree of that step differs in. */
const story: readonly (readonly [string, Readonly<Record<string, string | null>>])[] = [
  ['sed -i s/two/TWO/ README.md', { 'README.md': 'one\nTWO\nthree\n' }],
  ['mkdir -p new/place && echo a > new/place/a.txt', { 'new/place/a.txt': 'a\n' }],
  ['ls -la && git status', {}],
  ['chmod +x run.sh', { 'run.sh': 'echo hello\n' }],
  ['mv README.md LIESMICH.md', { 'README.md': null, 'LIESMICH.md': 'one\nTWO\nthree\n' }],
  // Neither name nor content nor times of the files change, only where they are.
  [
    'mv docs papers',
    {
      'docs/deep/page.txt': null,
      'docs/index.txt': null,
      'papers/deep/page.txt': 'page\n',
      'papers/index.txt': 'index\n',
    },
  ],
  [
    'ln -s LIESMICH.md link && ln -s /etc/passwd outside',
    { link: 'LIESMICH.md', outside: '/etc/passwd' },
  ],
  ['rm link && cp LIESMICH.md link', { link: 'one\nTWO\nthree\n' }],
  [
    'rm -r data && echo flat > data',
    { 'data/one.txt': null, 'data/two.txt': null, data: 'flat\n' },
  ],
  ['rm data && mkdir data && echo 1 > data/one.txt', { data: null, 'data/one.txt': '1\n' }],
  // Same size, and the time of the last change put back.
  [
    'cp -p run.sh /tmp/old && printf "echo HELLO\\n" > run.sh && touch -r /tmp/old run.sh',
    { 'run.sh': 'echo HELLO\n' },
  ],
  // What git is told to look away from.
  [
    'echo "*" > .git/info/exclude; echo "* -diff" > .git/info/attributes; echo x > a.log; echo y > b.txt',
    { 'a.log': 'x\n', 'b.txt': 'y\n' },
  ],
  ['rm -rf .git && git init -q . && git add -A', {}],
  ['mkdir __pycache__ .venv && touch __pycache__/a.pyc .venv/b c.pyc', {}],
  [
    `touch -- 'a b' "it's" 'new\nline' 'q"uote' -n '*' 'é' 'back\\slash'`,
    {
      'a b': '',
      "it's": '',
      'new\nline': '',
      'q"uote': '',
      '-n': '',
      '*': '',
      é: '',
      'back\\slash': '',
    },
  ],
  ['rm b.txt a.log', { 'b.txt': null, 'a.log': null }],
  [
    'printf "\\0\\1\\2" > image.bin',
    { 'image.bin': 'Binary file of 3 bytes (8352675d67aed6625ece79af41c27fdb4ee2e867)\n' },
  ],
  // What cannot be looked at is not taken for gone.
  ['chmod 000 new', {}],
  ['chmod 755 new && echo b > new/place/a.txt', { 'new/place/a.txt': 'b\n' }],
  // A Python of the agent's own is not asked.
  [
    'mkdir -p ~/.local/bin && for p in ~/.local/bin/python3 ./python3; do printf "#!/bin/sh\\nexit 1\\n" > $p; chmod +x $p; done',
    { python3: '#!/bin/sh\nexit 1\n' },
  ],
  ['mkfifo pipe; head -c 6000000 /dev/zero > large.bin', {}],
];

/** Files after a step, by the story. */
function treeAfter(step: number): ReadonlyMap<string, string> {
  const tree = new Map<string, string>(Object.entries(files));
  for (const [, changed] of story.slice(0, step))
    for (const [name, content] of Object.entries(changed)) {
      if (content === null) tree.delete(name);
      else tree.set(name, content);
    }
  return tree;
}

/** What a command says in a sandbox that a person was given. */
async function inShell({ command }: KeptSandbox, script: string): Promise<string> {
  // Tests have no terminal.
  const [program = '', ...args] = command.map((arg) => (arg === '-it' ? '-i' : arg));
  return (await execa(program, args, { input: `${script}\nexit 0\n` })).stdout;
}

async function removeKept(name: SandboxName, { host }: Bench, { id }: KeptSandbox): Promise<void> {
  const options = { signal: never, onProgress: () => undefined };
  await using provider = await chooseProvider(name, host, options);
  for (const leftover of await provider.leftovers(options))
    if (leftover.id === id) await provider.remove(leftover, options);
}

describeOnEverySandbox('what an agent did to files, step by step', (sandbox) => {
  let run: EndedRun;
  let steps: readonly StepSummary[];
  const bench = Bench.use(sandbox, async ({ folder }) => {
    await TestRepository.make(path.join(folder, 'repository'), files);
    const actions = story.map(([command]) => ({ action: 'shell', command }));
    await writeFile(
      path.join(folder, 'actions.jsonl'),
      actions.map((action) => `${JSON.stringify(action)}\n`).join(''),
    );
  });

  beforeAll(async () => {
    run = await bench.run(
      [{ task_id: 'a', repo: path.join(bench.folder, 'repository'), ref: 'main' }],
      { agent: 'replay', actions: path.join(bench.folder, 'actions.jsonl') },
    );
    steps = await bench.runner.readSteps(run.runDir, 'a_0', { signal: never });
  });

  const between = async (from: number, to: number, runDir = run.runDir) =>
    await bench.runner.stepFiles(runDir, 'a_0', { from, to }, { signal: never });

  test.each(story.map(([command, changed], n) => [n + 1, command, changed] as const))(
    'step %i: %s',
    async (step, _command, changed) => {
      expect(steps[step - 1]).toMatchObject({ step, kind: 'tool' });
      const found = await between(step - 1, step);
      expect(Object.fromEntries(found.map((file) => [file.path, file.patched]))).toEqual(changed);
      expect(steps[step - 1]?.tree === null).toBe(Object.keys(changed).length === 0);
    },
  );

  test('what is too large is left out and said', () => {
    const notes = run.state.trials.get('a_0')?.notes ?? [];
    expect(notes.filter((note) => note.includes('larger than 5 MB: large.bin'))).toHaveLength(1);
  });

  test('a range of steps is one difference, with both sides whole', async () => {
    const [change] = (await between(0, 5)).filter(({ path: name }) => name === 'README.md');
    expect(change).toEqual({ path: 'README.md', base: 'one\ntwo\nthree\n', patched: null });
    expect(await between(4, 4)).toEqual([]);
    // What was undone in between is none.
    expect((await between(1, story.length)).some(({ path: name }) => name === 'b.txt')).toBe(false);
    expect(await between(0, 10_000)).toEqual(await between(0, story.length));
  });

  test('from a line to the step that wrote it', async () => {
    const stepOf = (place: { path: string; line: number; at?: number }): Promise<number | null> =>
      bench.runner.stepOfLine(run.runDir, 'a_0', place, { signal: never });
    expect(await stepOf({ path: 'README.md', line: 2, at: 3 })).toBe(1);
    expect(await stepOf({ path: 'README.md', line: 1, at: 3 })).toBeNull();
    // Moved as a whole: still the step that wrote it.
    expect(await stepOf({ path: 'LIESMICH.md', line: 2 })).toBe(1);
    expect(await stepOf({ path: 'run.sh', line: 1 })).toBe(11);
    expect(await stepOf({ path: 'calc/__init__.py', line: 1 })).toBeNull();
    await expect(stepOf({ path: 'run.sh', line: 7 })).rejects.toMatchObject({ code: 'not-found' });
  });

  test.each([0, 7, story.length])('a sandbox as it was after step %i', async (step) => {
    const kept = await bench.runner.restoreSandbox(run.runDir, 'a_0', step, { signal: never });
    try {
      const seen = await inShell(
        kept,
        'find . -name .git -prune -o ! -type d -print0 | sort -z | base64 -w0; echo; ls -l run.sh; readlink link',
      );
      const names = Buffer.from(seen.split('\n')[0] ?? '', 'base64')
        .toString('utf8')
        .split('\0');
      expect(names.filter((name) => name !== '').map((name) => name.slice(2))).toEqual(
        [...treeAfter(step).keys()].sort(),
      );
      expect(seen).toContain(step < 4 ? '-rw-r--r--' : '-rwxr-xr-x');
      expect(seen.includes('\nLIESMICH.md')).toBe(step === 7);
    } finally {
      await removeKept(sandbox, bench, kept);
    }
  });

  test('the run folder stands alone: moved, and the cache gone', async () => {
    const before = await between(0, story.length);
    const moved = path.join(bench.folder, 'moved');
    await rename(run.runDir, moved);
    await rename(path.join(bench.host.cacheDir, 'trees'), path.join(bench.folder, 'trees'));
    try {
      expect(await between(0, story.length, moved)).toEqual(before);
      const trees = path.join(moved, 'a_0', 'trees.git');
      // One pack of what differs, and no more.
      expect(await git(trees, 'count-objects', '-v')).toMatch(/count: 0\n[^]*packs: 1\n/);
      expect(await git(trees, 'cat-file', '--batch-check', '--batch-all-objects')).not.toContain(
        blobId(Buffer.from(calculator['tests/test_calc.py'])),
      );
    } finally {
      await rename(moved, run.runDir);
      await rename(path.join(bench.folder, 'trees'), path.join(bench.host.cacheDir, 'trees'));
    }
  });

  test('without recorded trees no other one is passed off as them', async () => {
    const trees = path.join(run.runDir, 'a_0', 'trees.git');
    await rename(trees, `${trees}.away`);
    try {
      const restored = bench.runner.restoreSandbox(run.runDir, 'a_0', 3, { signal: never });
      await expect(restored).rejects.toMatchObject({ code: 'not-found' });
      expect(await between(0, 3)).toEqual([]);
    } finally {
      await rename(`${trees}.away`, trees);
    }
  });

  test('trials that begin alike share their base', async () => {
    const again = await bench.run(
      [{ task_id: 'a', repo: path.join(bench.folder, 'repository'), ref: 'main' }],
      { agent: 'replay', actions: path.join(bench.folder, 'actions.jsonl'), attempts: 2 },
    );
    expect(await readdir(path.join(bench.host.cacheDir, 'trees'))).toHaveLength(1);
    const before = await between(0, story.length);
    for (const trial of ['a_0', 'a_1']) {
      const range = { from: 0, to: story.length };
      const found = await bench.runner.stepFiles(again.runDir, trial, range, { signal: never });
      expect(found).toEqual(before);
    }
  });

  test('a person’s own git settings have no say', async () => {
    const settings = path.join(bench.folder, 'gitconfig');
    await writeFile(
      settings,
      '[color]\n\tui = always\n[blame]\n\tignoreRevsFile = .missing\n[log]\n\tshowSignature = true\n',
    );
    const env = { ...process.env, GIT_CONFIG_GLOBAL: settings };
    const theirs = Bench.with(sandbox, bench, env);
    const { runDir } = await theirs.run(
      [{ task_id: 'a', repo: path.join(bench.folder, 'repository'), ref: 'main' }],
      { agent: 'replay', actions: path.join(bench.folder, 'actions.jsonl') },
    );
    const range = { from: 0, to: story.length };
    const found = await theirs.runner.stepFiles(runDir, 'a_0', range, { signal: never });
    expect(found).toEqual(await between(0, story.length));
    const place = { path: 'run.sh', line: 1 };
    expect(await theirs.runner.stepOfLine(runDir, 'a_0', place, { signal: never })).toBe(11);
  });

  test('an agent that fills its folder hides nothing that comes after', async () => {
    const commands = [
      'mkdir many && for n in $(seq 40); do { echo $n; head -c 4000000 /dev/zero; } > many/$n.bin; done',
      'echo after > after.txt',
      'rm -r many',
    ];
    const actions = path.join(bench.folder, 'flood.jsonl');
    await writeFile(
      actions,
      commands.map((command) => `${JSON.stringify({ action: 'shell', command })}\n`).join(''),
    );
    const flood = await bench.run(
      [{ task_id: 'a', repo: path.join(bench.folder, 'repository'), ref: 'main' }],
      { agent: 'replay', actions },
    );
    const kept = await between(0, 1, flood.runDir);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(40);
    const after = { path: 'after.txt', base: null, patched: 'after\n' };
    // With what was left out, where there is room for it now.
    expect(await between(1, 2, flood.runDir)).toContainEqual(after);
    expect(await between(0, 3, flood.runDir)).toEqual([after]);
    const notes = flood.state.trials.get('a_0')?.notes ?? [];
    expect(notes.filter((note) => note.includes('more than what is recorded'))).not.toEqual([]);
  });
});
