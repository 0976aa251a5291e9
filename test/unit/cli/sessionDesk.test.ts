import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SessionDesk } from '../../../src/cli/sessionDesk';
import { shellQuote } from '../../../src/presentation/shellQuote';
import type { TaskSession } from '../../../src/runner/index';
import { never, temporaryFolder } from '../../support/temp';

describe('the desk of somebody who works at the command line', () => {
  let folder: { path: string } & AsyncDisposable;
  let said = '';
  let stdin = new PassThrough();
  let desk: SessionDesk;

  beforeEach(async () => {
    folder = await temporaryFolder();
    said = '';
    stdin = new PassThrough();
  });
  afterEach(async () => {
    desk[Symbol.dispose]();
    await folder[Symbol.asyncDispose]();
  });

  function open({ terminal }: { terminal: boolean }): void {
    if (terminal) Object.assign(stdin, { isTTY: true });
    desk = new SessionDesk({
      streams: { stdin, stdout: new PassThrough() },
      signal: never,
      say: (text) => (said += `${text}\n`),
    });
  }

  /** Opens a session and tells when it is submitted. */
  async function offer(taskId: string): Promise<{ submitted: Promise<void>; end: () => void }> {
    let submit: () => void = () => undefined;
    let end: () => void = () => undefined;
    const submitted = new Promise<void>((resolve) => (submit = resolve));
    const trialId = `${taskId}_0`;
    await mkdir(path.join(folder.path, trialId), { recursive: true });
    const session: TaskSession = {
      runDir: folder.path,
      trialId,
      taskId,
      brief: { statement: `Mend ${taskId}.`, rules: 'No rules.', workdir: '/w' },
      deadline: new Date(Date.now() + 600_000).toISOString(),
      tools: [],
      call: (tool) => {
        expect(tool).toBe('submit');
        submit();
        end();
        return Promise.resolve({ ok: true, text: 'handed in' });
      },
      shellCommand: () => ['docker', 'exec', '-it', 'x', 'sh', '-c', "it's"],
      ended: new Promise<void>((resolve) => (end = resolve)),
    };
    desk.onSession(session);
    return { submitted, end };
  }

  test('tells the task, the clock and the way in; Enter hands in', async () => {
    open({ terminal: true });
    const { submitted } = await offer('one');
    expect(said).toContain('one_0');
    expect(said).toContain('(10m 00s)');
    expect(said).toContain('Mend one.');
    expect(said).toContain(`  docker exec -it x sh -c 'it'\\''s'`);
    expect(said).toContain('press Enter');
    stdin.write('what?\n\n');
    await submitted;
    await expect.poll(() => said).toContain('one_0: handed in');
  });

  test('several are told apart by their numbers', async () => {
    open({ terminal: true });
    await offer('one');
    const two = await offer('two');
    stdin.write('\n');
    await expect.poll(() => said).toContain('Which one? Its number hands it in: 1, 2');
    stdin.write('2\n');
    await two.submitted;
    expect(said).not.toContain('one_0: handed in');
  });

  test('without a terminal the word hands in, an empty line does not', async () => {
    open({ terminal: false });
    const { submitted } = await offer('one');
    expect(said).not.toContain('Enter');
    await offer('two');
    stdin.write('\n\nsubmit\n');
    await expect.poll(() => said.match(/Which one/g)).toHaveLength(1);
    stdin.write('1\n');
    await submitted;
  });

  test('a file in the trial’s folder hands in', async () => {
    open({ terminal: false });
    const { submitted } = await offer('one');
    const file = path.join(folder.path, 'one_0', 'submit');
    expect(said).toContain(`touch ${file}`);
    await writeFile(file, '');
    await submitted;
  });

  test('an end that was nobody’s doing here is said', async () => {
    open({ terminal: true });
    const { end } = await offer('one');
    end();
    await expect.poll(() => said).toContain('one_0: the session is over');
    stdin.write('\n');
    expect(said).not.toContain('handed in;');
  });
});

test('a command that is pasted into a shell arrives as it was', () => {
  expect(shellQuote(['a', 'b c', "d'e", '', '$x', '/usr/bin:é'])).toBe(
    "a 'b c' 'd'\\''e' '' '$x' '/usr/bin:é'",
  );
});
