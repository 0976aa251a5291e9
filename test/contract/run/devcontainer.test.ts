import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { chooseProvider } from '../../../src/runner/sandbox/providers';
import { calculator, TestRepository } from '../../support/repositories';
import { Bench } from '../../support/runs';
import { describeOn } from '../../support/sandboxes';
import { never } from '../../support/temp';

describeOn('docker', 'environments described by a devcontainer.json', () => {
  let image = '';
  let repository: TestRepository;
  const bench = Bench.use('docker', async ({ folder, host }) => {
    repository = await TestRepository.make(`${folder}/calculator`, calculator);
    await using provider = await chooseProvider('docker', host, {
      signal: never,
      onProgress: () => undefined,
    });
    const resolved = await provider.resolveImage(null, {
      signal: never,
      onProgress: () => undefined,
    });
    image = resolved.name;
  });

  const task = async (taskId: string, devcontainer: object): Promise<object> => {
    const file = path.join(bench.folder, taskId, 'devcontainer.json');
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `// with comments\n${JSON.stringify(devcontainer)}`);
    return {
      task_id: taskId,
      repo: repository.path,
      ref: await repository.head(),
      environment: { devcontainer: file },
      test_command: 'sh check.sh',
      test_patch: newFile(
        'check.sh',
        'test "$(cat made)" = "$MADE" && test "$PWD" = /workspace/elsewhere',
      ),
      patch: newFile('fixed.txt', 'yes'),
    };
  };

  test('its folder, variables and commands are the task’s', async () => {
    const run = await bench.run([
      await task('described', {
        image,
        workspaceFolder: '/workspace/elsewhere',
        containerEnv: { MADE: 'once' },
        onCreateCommand: 'printf on > made',
        postCreateCommand: ['sh', '-c', 'printf ce >> made'],
        customizations: { vscode: {} },
      }),
    ]);
    expect(run.of('described')).toMatchObject({ status: 'passed', detail: null });
    const notes = [...run.state.trials.values()].flatMap((trial) => trial.notes);
    expect(notes.join('\n')).toContain('"customizations" is ignored');
  });

  test('what would weaken the sandbox is refused by name', async () => {
    const run = await bench.run([await task('weak', { image, privileged: true })]);
    expect(run.of('weak')).toMatchObject({
      status: 'infra_failure',
      cause: 'unsupported-environment',
    });
    expect(run.of('weak').detail).toContain('privileged');
  });
});

function newFile(name: string, line: string): string {
  return `diff --git a/${name} b/${name}\nnew file mode 100644\n--- /dev/null\n+++ b/${name}\n@@ -0,0 +1 @@\n+${line}\n`;
}
