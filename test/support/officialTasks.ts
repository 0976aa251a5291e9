import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type Docker from 'dockerode';
import type { Host } from '../../src/runner/index';
import { createDockerProvider } from '../../src/runner/sandbox/docker';
import type { Files } from './repositories';
import { calculator, TestRepository } from './repositories';
import { never } from './temp';

/** Conda is a shell function, as in the datasets' images. */
const activate = 'conda() { [ "$1" = activate ] && CONDA_DEFAULT_ENV=$2; }\n';

const testPatchFile = 'tests/test_calc.py';

/** An image as the datasets have one for each instance, and rows of tasks in it. */
export class OfficialTasks {
  readonly repository: TestRepository;
  readonly image: string;
  readonly base: string;
  readonly #name: string;
  readonly #testPatch: string;

  private constructor(made: {
    readonly repository: TestRepository;
    /** `owner/name` of its rows. */
    readonly name: string;
    readonly image: string;
    readonly base: string;
    readonly testPatch: string;
  }) {
    this.repository = made.repository;
    this.image = made.image;
    this.#name = made.name;
    this.base = made.base;
    this.#testPatch = made.testPatch;
  }

  /** The calculator in `/testbed` with a test that its test patch adds, on top of the default environment. */
  static async make(host: Host, folder: string): Promise<OfficialTasks> {
    const whole = calculator[testPatchFile];
    const repository = await TestRepository.make(path.join(folder, 'testbed'), {
      ...calculator,
      [testPatchFile]: whole.replace(/def test_add[\s\S]*?\n\n\n/, ''),
      'setup.py': 'from setuptools import setup\n\nsetup(name="calc", packages=["calc"])\n',
    });
    const base = await repository.head();
    const testPatch = await repository.patch({ [testPatchFile]: whole });
    const conda = path.join(folder, 'miniconda3', 'bin');
    await mkdir(conda, { recursive: true });
    await writeFile(path.join(conda, 'activate'), activate);
    const options = { signal: never, onProgress: () => undefined };
    await using provider = await createDockerProvider(host, options);
    const { name: from } = await provider.resolveImage(null, options);
    const dockerfile = path.join(folder, 'Dockerfile');
    const name = `script-test/${randomUUID().slice(0, 8)}`;
    const lines = [
      `FROM ${from}`,
      // An image of its own, which nobody else removes.
      `LABEL name=${name}`,
      'COPY miniconda3 /opt/miniconda3',
      'COPY testbed /testbed',
    ];
    await writeFile(dockerfile, `${lines.join('\n')}\n`);
    const source = { kind: 'dockerfile', dockerfile, context: folder } as const;
    const { name: image } = await provider.resolveImage(source, options);
    return new OfficialTasks({ repository, name, image, base, testPatch });
  }

  /** What changing these files amounts to. */
  async patch(files: Files): Promise<string> {
    return await this.repository.patch(files);
  }

  /** A row with the columns of version 5. */
  row(id: string, columns: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    const script = [
      '#!/bin/bash',
      'set -uxo pipefail',
      'source /opt/miniconda3/bin/activate',
      'conda activate testbed',
      'cd /testbed',
      'git config --global --add safe.directory /testbed',
      'git status',
      'git show',
      `git -c core.fileMode=false diff ${this.base}`,
      `git checkout ${this.base} ${testPatchFile}`,
      `git apply -v - <<'EOF_1'\n${this.#testPatch}\nEOF_1`,
      ": '>>>>> Start Test Output'",
      `pytest -rA ${testPatchFile}`,
      ": '>>>>> End Test Output'",
      `git checkout ${this.base} ${testPatchFile}`,
    ];
    return {
      instance_id: id,
      repo: this.#name,
      base_commit: this.base,
      version: '1.0',
      problem_statement: 'add subtracts',
      test_patch: this.#testPatch,
      FAIL_TO_PASS: '["tests/test_calc.py::test_add"]',
      PASS_TO_PASS: '["tests/test_calc.py::test_double"]',
      image: this.image,
      eval_script: `${script.join('\n')}\n`,
      log_parser: 'parse_log_pytest',
      eval_type: 'pass_and_fail',
      ...columns,
    };
  }

  /** Removes the image and what was made of it. */
  async remove(docker: Docker): Promise<void> {
    const filters = { label: ['benchyard.kind=snapshot'] };
    for (const snapshot of await docker.listImages({ filters }))
      if (snapshot.Labels['benchyard.snapshot.title']?.startsWith(`${this.#name}@`))
        await docker.getImage(snapshot.Id).remove({ force: true });
    await docker.getImage(this.image).remove({ force: true });
  }
}
