import { expect, test } from 'vitest';
import { never, temporaryFolder, testHost } from '../../support/temp';
import { run, sh, text, worldOf } from './setup';
import type { ContractSubject, World } from './setup';

const signal = never;

/** How sandboxes come and go. */
export function lifeContract(subject: ContractSubject, world: () => World): void {
  test('a sandbox has an id, its workdir, and a way in where there is one', async () => {
    await using box = await world().open();
    expect(box.id).not.toBe('');
    expect(box.workdir).toBe('/workspace/project');
    const command = box.shellCommand();
    expect(command === null || command.length > 1).toBe(true);
  });

  test('two sandboxes do not see each other', async () => {
    await using one = await world().open();
    await using other = await world().open();
    await sh(one, 'echo secret > /tmp/x; echo secret > x; setsid sleep 300 &');
    expect(
      (await sh(other, 'ls /tmp/x x 2>/dev/null; ls /proc | grep -c "^[0-9]"')).out.trim(),
    ).toMatch(/^[1-6]$/);
    expect(one.id).not.toBe(other.id);
  });

  test('a dead sandbox is told apart from a failing command', async () => {
    const box = await world().open();
    try {
      const lost = run(box, ['sleep', '300'], {});
      const outcome = lost.catch((error: unknown) => error);
      await subject.killFromOutside(box);
      expect(await outcome).toMatchObject({ code: 'sandbox-lost' });
      await expect(run(box, ['true'])).rejects.toMatchObject({ code: 'sandbox-lost' });
      await expect(box.readFile('x', { signal })).rejects.toMatchObject({ code: 'sandbox-lost' });
    } finally {
      await box[Symbol.asyncDispose]();
    }
  });

  test('disposing ends what runs, may be repeated, and leaves nothing', async () => {
    const box = await world().open();
    const outcome = run(box, ['sleep', '300']).catch((error: unknown) => error);
    await Promise.all([box[Symbol.asyncDispose](), box[Symbol.asyncDispose]()]);
    await box[Symbol.asyncDispose]();
    expect(await outcome).toMatchObject({ code: 'sandbox-lost' });
    await expect(run(box, ['true'])).rejects.toMatchObject({ code: 'sandbox-lost' });
    const left = await world().provider.leftovers({ signal });
    expect(left.map(({ id }) => id)).not.toContain(box.id);
  });

  test('creating with an aborted signal rejects with its reason and leaves nothing', async () => {
    const reason = new Error('no');
    const made = world().open({}, AbortSignal.abort(reason));
    await expect(made).rejects.toBe(reason);
  });

  test('creating that is cancelled midway rejects with the reason and leaves nothing', async () => {
    const before = await world().provider.leftovers({ signal });
    const stop = new AbortController();
    const reason = new Error('midway');
    const made = world().open({}, stop.signal);
    setTimeout(() => {
      stop.abort(reason);
    }, 5);
    await expect(made).rejects.toBe(reason);
    const known = new Set(before.map(({ id }) => id));
    const mine = (await world().provider.leftovers({ signal })).filter(
      ({ kind, id }) => kind !== 'image' && !known.has(id),
    );
    expect(mine).toEqual([]);
  });

  test('disposing of the provider disposes of its sandboxes', async () => {
    await using folder = await temporaryFolder();
    const provider = await subject.make(testHost(folder.path));
    const box = await worldOf(world().host, provider, world().image).open();
    await provider[Symbol.asyncDispose]();
    await expect(run(box, ['true'])).rejects.toMatchObject({ code: 'sandbox-lost' });
  });

  test('the provider knows what it needs and says how to get it', async () => {
    const checks = await world().provider.check({ signal });
    expect(checks.length).toBeGreaterThan(0);
    for (const { ok, found, fix } of checks) {
      expect(found).not.toBe('');
      expect(ok || fix !== null).toBe(true);
    }
  });

  test('an image that does not exist is image-unavailable', async () => {
    const { provider } = world();
    const outcome = provider.resolveImage(
      { kind: 'image', image: 'localhost:1/benchyard/no-such-image:1' },
      { signal, onProgress: () => undefined },
    );
    await expect(outcome).rejects.toMatchObject({
      code: provider.capabilities.images ? 'image-unavailable' : 'unsupported-environment',
    });
  });
}

/** Builders and what is kept of them. */
export function snapshotContract(world: () => World): void {
  const key = `contract-${process.pid}`;

  test('a builder may write everywhere it has to, and is root inside', async () => {
    await using builder = await world().open({ profile: 'builder', network: true });
    const script = 'id -u; touch /usr/local/made /etc/made "$HOME/made" made && echo wrote';
    expect((await sh(builder, script)).out).toBe('0\nwrote\n');
  });

  test('a builder without network has none', async () => {
    await using builder = await world().open({ profile: 'builder', network: false });
    const program =
      'import os; print(sorted(os.listdir("/sys/class/net")) if os.path.isdir("/sys/class/net") else ["lo"])';
    expect((await run(builder, ['python3', '-c', program])).out).toBe("['lo']\n");
  });

  test('a snapshot that nobody saved is not found', async () => {
    expect(await world().provider.snapshots.find('contract-never-saved', { signal })).toBeNull();
  });

  test('what a builder holds is kept, and every trial starts from it afresh', async () => {
    const { provider } = world();
    const { snapshots } = provider;
    try {
      await using builder = await world().open({ profile: 'builder', network: false });
      const script =
        'echo tool > /usr/local/lib/tool.txt; mkdir -p sub; echo v1 > sub/file; chmod 600 sub/file; ln -s sub/file link; chmod -R go-rwx sub; printf "#!/bin/sh\\necho ran\\n" > run; chmod 755 run';
      expect((await sh(builder, script)).exitCode).toBe(0);
      const saved = await snapshots.save(
        builder,
        { key, title: 'demo@1a2b "q" $HOME' },
        { signal },
      );
      expect(await snapshots.find(key, { signal })).toEqual(saved);
      for (let round = 0; round < 2; round += 1) {
        await using trial = await world().open({ snapshot: saved });
        const seen = await sh(
          trial,
          'pwd; cat /usr/local/lib/tool.txt sub/file link; ./run; echo v2 > sub/file && echo wrote',
        );
        expect(seen).toMatchObject({
          out: '/workspace/project\ntool\nv1\nv1\nran\nwrote\n',
          err: '',
        });
        expect(text(await trial.readFile('sub/file', { signal }))).toBe('v2\n');
      }
    } finally {
      await snapshots.remove(key, { signal });
    }
    expect(await snapshots.find(key, { signal })).toBeNull();
  });

  test('snapshots are listed with what a person wants to know, and saving twice is harmless', async () => {
    const { provider } = world();
    const { snapshots } = provider;
    try {
      const started = Date.now();
      const ids = [];
      for (let round = 0; round < 2; round += 1) {
        await using builder = await world().open({ profile: 'builder', network: false });
        await sh(builder, 'head -c 300000 /dev/urandom > data');
        ids.push((await snapshots.save(builder, { key, title: 'twice' }, { signal })).id);
      }
      expect(new Set(ids).size).toBe(1);
      const listed = (await snapshots.list({ signal })).filter((info) => info.key === key);
      expect(listed).toHaveLength(1);
      const [info] = listed;
      expect(info).toMatchObject({ title: 'twice', id: ids[0] });
      expect(info?.bytes).toBeGreaterThanOrEqual(300_000);
      expect(Date.parse(info?.lastUsedAt ?? '')).toBeGreaterThanOrEqual(started - 2000);
    } finally {
      await snapshots.remove(key, { signal });
    }
  });

  test('removing a snapshot that is not there is harmless', async () => {
    await expect(
      world().provider.snapshots.remove('contract-never-saved', { signal }),
    ).resolves.toBe(true);
  });
}
