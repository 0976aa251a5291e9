import { statfs } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { disksOf, leastFree } from '../../../src/runner/run/diskSpace';
import { DiskWatch } from '../../../src/runner/run/diskWatch';
import { SandboxGate } from '../../../src/runner/run/sandboxGate';
import { RunnerError } from '../../../src/runner/model';
import { never } from '../../support/temp';

const folder = os.tmpdir();
const enormous = 1e18;

function watchOf(minFree: number | undefined, storage: readonly string[] = [folder]) {
  const makeRoom = vi.fn(() => Promise.resolve(0));
  const watch = new DiskWatch({
    folders: [folder],
    minFree,
    provider: { storageFolders: () => storage, makeRoom },
    log: () => undefined,
  });
  return { watch, makeRoom };
}

describe('the disks of a run', () => {
  it('are each looked at once, also through folders that are not there yet', async () => {
    const disks = await disksOf([folder, path.join(folder, 'not/there'), folder]);
    expect(disks).toHaveLength(1);
    const { blocks, bsize } = await statfs(folder);
    expect(disks[0]).toMatchObject({ folder, totalBytes: blocks * bsize });
  });

  it('have to keep a GiB free, a twentieth of a small one, or what was asked for', () => {
    const disk = { folder, freeBytes: 0, isOutOfInodes: false };
    expect(leastFree({ ...disk, totalBytes: 1e12 }, undefined)).toBe(1024 ** 3);
    expect(leastFree({ ...disk, totalBytes: 1e9 }, undefined)).toBe(5e7);
    expect(leastFree({ ...disk, totalBytes: 1e12 }, 7)).toBe(7);
  });

  it('are left alone while there is room', async () => {
    const { watch, makeRoom } = watchOf(1);
    expect(await watch.look()).toBeNull();
    expect(makeRoom).not.toHaveBeenCalled();
    await watch.assertRoom();
  });

  it('that are short get room made, once in a while, and are told when that does not help', async () => {
    const { watch, makeRoom } = watchOf(enormous);
    expect(await watch.look()).toMatch(/Only .* free on the disk of .*min_free_disk.*clean/);
    expect(await watch.look()).not.toBeNull();
    // Nothing could be removed, so nobody asks again at once.
    expect(makeRoom).toHaveBeenCalledTimes(1);
    await expect(watch.assertRoom()).rejects.toSatisfy((error) =>
      RunnerError.is(error, 'disk-full'),
    );
    expect(await watch.mayBeFull()).toBe(true);
  });

  it('may be full where nobody can see them', async () => {
    const { watch } = watchOf(1, []);
    expect(await watch.mayBeFull()).toBe(true);
  });
});

describe('trials wait for an engine that is gone', () => {
  const provider = (answers: readonly boolean[]) => {
    const left = [...answers];
    return {
      name: 'docker' as const,
      answers: vi.fn(() => Promise.resolve(left.shift() ?? true)),
      reap: vi.fn(() => Promise.resolve({ removed: [] })),
    };
  };

  it('only when a trial lost its sandbox', async () => {
    const engine = provider([false]);
    const gate = new SandboxGate({ provider: engine, patienceMs: 0, note: () => undefined });
    gate.ended({ cause: 'oom' });
    expect(await gate.pass(never)).toBeNull();
    expect(engine.answers).not.toHaveBeenCalled();
  });

  it('all together, until it answers; what was left is then removed', async () => {
    const engine = provider([false, true]);
    const notes: string[] = [];
    const note = (text: string): void => void notes.push(text);
    const gate = new SandboxGate({ provider: engine, patienceMs: 60_000, note });
    gate.ended({ cause: 'sandbox-lost' });
    expect(await Promise.all([gate.pass(never), gate.pass(never)])).toEqual([null, null]);
    expect(engine.answers).toHaveBeenCalledTimes(2);
    expect(engine.reap).toHaveBeenCalledTimes(1);
    expect(notes).toEqual([
      'docker does not answer: trials wait until it does',
      'docker answers again: the run goes on',
    ]);
    expect(await gate.pass(never)).toBeNull();
    expect(engine.answers).toHaveBeenCalledTimes(2);
  });

  it('no longer than that makes sense', async () => {
    const gate = new SandboxGate({
      provider: provider([false, false, false]),
      patienceMs: -1,
      note: () => undefined,
    });
    gate.ended({ cause: 'docker-unavailable' });
    const end = await gate.pass(never);
    expect(end).toMatchObject({ cause: 'sandbox', isTold: true });
    expect(end?.message).toMatch(/has not answered.*--retry infra/);
  });

  it('not when the run is stopped', async () => {
    const gate = new SandboxGate({
      provider: provider([false, false, false]),
      patienceMs: 60_000,
      note: () => undefined,
    });
    gate.ended({ cause: 'sandbox-lost' });
    const stop = new AbortController();
    const passed = gate.pass(stop.signal);
    stop.abort();
    expect(await passed).toBeNull();
  });
});
