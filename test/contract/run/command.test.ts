import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunConfigInput, TrajectoryStep, TrialResult } from '../../../src/runner/model';
import foreignAgent from '../../support/foreignAgent.py';
import type { Answer, ModelServer, ServedRequest } from '../../support/modelServer';
import {
  callTool,
  callTools,
  say,
  serverError,
  silence,
  startModelServer,
} from '../../support/modelServer';
import { calculator, fixedCalculator, TestRepository } from '../../support/repositories';
import { Bench, patient } from '../../support/runs';
import { describeOnEverySandbox } from '../../support/sandboxes';
import { never } from '../../support/temp';

const key = 'sk-planted-1f4a9c';
const sh = (command: string): Answer => callTool('sh', { command });
const fix = sh("sed -i 's/return a - b/return a + b/' calc/__init__.py");

/** A command that runs the foreign agent, or another program in its place. */
function runs(program: string): string {
  return `cat > /tmp/agent.py <<'PROGRAM'\n${program}\nPROGRAM\npython3 /tmp/agent.py`;
}

/** Python: `ask(question)` is the answer's text, or the status of the refusal. */
const asking = `
import json, os, urllib.request, urllib.error
def ask(question):
    body = {"model": "m", "messages": [{"role": "user", "content": question}]}
    request = urllib.request.Request(
        os.environ["OPENAI_BASE_URL"] + "/chat/completions",
        json.dumps(body).encode(),
        {"authorization": "Bearer " + os.environ["OPENAI_API_KEY"]},
    )
    try:
        with urllib.request.urlopen(request) as response:
            return json.load(response)["choices"][0]["message"]["content"]
    except urllib.error.HTTPError as error:
        return error.code`;

interface Tried {
  readonly result: TrialResult;
  readonly steps: readonly TrajectoryStep[];
  /** What the command printed, and how it ended. */
  readonly output: string;
  readonly runDir: string;
}

describeOnEverySandbox('the agent command', (sandbox) => {
  let repository: TestRepository;
  let server: ModelServer;
  let script: readonly Answer[] | ((request: ServedRequest, n: number) => Answer) = [];
  let first = 0;
  const bench = Bench.use(
    sandbox,
    async ({ folder }) => {
      repository = await TestRepository.make(`${folder}/calculator`, calculator);
    },
    { secret: (name) => Promise.resolve(name === 'BENCHYARD_API_KEY' ? key : null) },
  );
  beforeAll(async () => {
    server = await startModelServer(
      (request, at) => {
        const n = at - first;
        return typeof script === 'function' ? script(request, n) : (script[n] ?? say('no more'));
      },
      { key },
    );
  });
  afterAll(() => server.close());

  async function attempt(
    command: string,
    answers: typeof script = [],
    config: RunConfigInput = {},
  ): Promise<Tried> {
    script = answers;
    first = server.requests.length;
    const row = {
      task_id: 'add',
      repo: repository.path,
      ref: await repository.head(),
      problem_statement: 'add(1, 2) is -1. It must be 3.',
      patch: await repository.patch({ 'calc/__init__.py': fixedCalculator }),
    };
    const { runDir, ...run } = await bench.run([row], {
      agent: 'command',
      command,
      base_url: server.baseUrl,
      model: 'scripted-model',
      ...config,
    });
    const options = { signal: never };
    const summaries = await bench.runner.readSteps(runDir, 'add_0', options);
    const steps = await bench.runner.readStepBodies(runDir, 'add_0', summaries, options);
    const own = steps.find((step) => step.kind === 'tool' && step.tool === 'command');
    const output = own?.kind === 'tool' ? own.output : '';
    return { result: run.of('add'), steps, output, runDir };
  }

  test('a program of somebody else solves the task; what it did can be read', async () => {
    const { result, steps, output } = await attempt(runs(foreignAgent), [
      callTools([
        { name: 'sh', arguments: { command: 'cat calc/__init__.py' } },
        { name: 'sh', arguments: { command: 'ls' } },
      ]),
      { ...fix, reasoning: 'It subtracts.' },
      sh('python3 -m pytest -q 2>&1 | tail -1'),
      say('It adds now.'),
    ]);
    expect(result).toMatchObject({
      status: 'passed',
      agent: 'command',
      model: 'scripted-model',
      exit_status: 'submitted',
      agent_stats: { turns: 4, tool_calls: 5, tool_errors: 0 },
    });
    expect(result.usage?.prompt_tokens).toBeGreaterThan(100);
    expect(output).toContain('the model says: It adds now.\n[exit code 0]');
    expect(steps.map((step) => (step.kind === 'tool' ? `tool ${step.tool}` : step.kind))).toEqual([
      ...['message', 'message', 'model', 'tool sh', 'tool sh', 'model', 'tool sh', 'model'],
      ...['tool sh', 'model', 'tool command', 'end'],
    ]);
    expect(steps[1]).toMatchObject({
      role: 'user',
      content: expect.stringContaining('add(1, 2) is -1. It must be 3.') as string,
    });
    expect(steps[3]).toMatchObject({
      arguments: { command: 'cat calc/__init__.py' },
      output: calculator['calc/__init__.py'],
    });
    expect(steps[5]).toMatchObject({ model: 'scripted-model', reasoning: 'It subtracts.' });
    // The edit was made by the call whose result is step 7, so that is the step that has its tree.
    expect(steps[6]?.tree).toMatch(/^[0-9a-f]{40}$/);
    const changed = await bench.runner.stepFiles(
      (await attemptFolder(bench)) ?? '',
      'add_0',
      { from: 6, to: 7 },
      { signal: never },
    );
    expect(changed.map(({ path: file }) => file)).toEqual(['calc/__init__.py']);
    // The server is asked for the run's model, whatever the program called it.
    expect(new Set(server.requests.slice(first).map(({ body }) => body.model))).toEqual(
      new Set(['scripted-model']),
    );
  });

  test('the key is nowhere inside, and only the model can be reached', async () => {
    const program = `
import json, os, re, socket, subprocess
port = int(re.search(r":(\\d+)/", os.environ["OPENAI_BASE_URL"]).group(1))
def reaches(host, port):
    try:
        with socket.create_connection((host, port), timeout=1) as client:
            return client.getsockname() != client.getpeername()
    except OSError:
        return False
print("model", reaches("127.0.0.1", port))
print("others", [other for other in range(1, 65536) if other != port and reaches("127.0.0.1", other)])
print("outside", [host for host in ("1.1.1.1", "10.0.0.1", "172.17.0.1", "169.254.169.254") if reaches(host, 80)])
found = subprocess.run("grep -rls 'planted-1f4a9' /tmp /var /etc /home /root /opt /run /srv /workspace /dev/shm; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null | grep -ca 'planted-1f4a9'", shell=True, stdout=subprocess.PIPE).stdout.decode()
print("found", repr(found))
print("token", os.environ["OPENAI_API_KEY"].startswith("benchyard-"))
`.replaceAll('planted-1f4a9', 'planted-1f4[a]9');
    const { output, runDir } = await attempt(runs(program));
    expect(output).toBe(
      "model True\nothers []\noutside []\nfound '0\\n'\ntoken True\n[exit code 0]",
    );
    expect(await filesWith(runDir, key)).toEqual([]);
  });

  test('a wrong token, another path and nonsense are refused readably', async () => {
    const program = `
import os, urllib.request, urllib.error
def post(path, token, body):
    request = urllib.request.Request(os.environ["OPENAI_BASE_URL"] + path, body, {"authorization": "Bearer " + token})
    try:
        return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as error:
        return error.code
token = os.environ["OPENAI_API_KEY"]
print(post("/chat/completions", "x", b"{}"), post("/embeddings", token, b"{}"), post("/chat/completions", token, b"{"))`;
    const { output, result } = await attempt(runs(program));
    expect(output).toBe('401 404 400\n[exit code 0]');
    expect(result).toMatchObject({ exit_status: 'submitted', status: 'empty_patch' });
    expect(server.requests).toHaveLength(first);
  });

  test('it is told its task, place and limits, in the environment and in a file', async () => {
    const { output } = await attempt(
      'pwd; cat > /tmp/stdin; cmp /tmp/stdin "$BENCHYARD_TASK_FILE" && head -1 "$BENCHYARD_TASK_FILE"; echo "$BENCHYARD_TASK_ID $BENCHYARD_MODEL $BENCHYARD_TIME_LIMIT_S"; date -d "$BENCHYARD_DEADLINE" +%Y > /dev/null && echo deadline; git status --short',
    );
    expect(output).toBe(
      '/workspace/project\nadd(1, 2) is -1. It must be 3.\nadd scripted-model 600\ndeadline\n[exit code 0]',
    );
  });

  test('without a model there is no endpoint, and the work counts the same', async () => {
    const command = "env | grep -c OPENAI; sed -i 's/a - b/a + b/' calc/__init__.py";
    const row = {
      task_id: 'add',
      repo: repository.path,
      ref: await repository.head(),
      patch: await repository.patch({ 'calc/__init__.py': fixedCalculator }),
    };
    const run = await bench.run([row], { agent: 'command', command });
    expect(run.of('add')).toMatchObject({
      status: 'passed',
      exit_status: 'submitted',
      model: null,
      usage: null,
    });
  });

  test('a budget that is spent is told the program, and is how the episode ended', async () => {
    const { result, output } = await attempt(runs(foreignAgent), () => fix, { max_turns: 2 });
    expect(output).toContain('HTTP 402');
    expect(output).toContain('limit of turns of the trial');
    expect(result).toMatchObject({
      status: 'passed',
      exit_status: 'max_turns',
      agent_stats: { turns: 3 },
    });
    expect(server.requests).toHaveLength(first + 2);
  });

  test('a program that does not take no for an answer fills no trajectory', async () => {
    const { result, output, steps } = await attempt(
      runs(`${asking}\nprint([ask("again %d" % n) for n in range(40)].count(402), ask("last"))`),
      () => say('yes'),
      { max_turns: 1 },
    );
    expect(output).toBe('39 402\n[exit code 0]');
    expect(result).toMatchObject({ exit_status: 'max_turns', agent_stats: { turns: 11 } });
    expect(steps.length).toBeLessThan(30);
  });

  test('several calls at once are each answered and recorded', async () => {
    const { result, output, steps } = await attempt(
      runs(`${asking}
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(8) as pool:
    print(sorted(pool.map(ask, ["question %d" % n for n in range(8)])))`),
      ({ body }) => say(`to ${body.messages[0]?.content ?? ''}`, { pauseMs: 20 }),
    );
    const answers = Array.from({ length: 8 }, (_, n) => `'to question ${n}'`);
    expect(output).toBe(`[${answers.join(', ')}]\n[exit code 0]`);
    expect(result).toMatchObject({ agent_stats: { turns: 8 } });
    expect(steps.filter(({ kind }) => kind === 'message')).toHaveLength(8);
  });

  test('cancelling the run ends the program and the call that it waits for', async () => {
    script = () => silence;
    first = server.requests.length;
    const stop = new AbortController();
    const rows = [{ task_id: 'add', repo: repository.path, ref: 'main', timeouts: patient }];
    const { done } = await bench.start(
      rows,
      {
        agent: 'command',
        command: runs(`${asking}\nask("are you there?")`),
        base_url: server.baseUrl,
        model: 'scripted-model',
      },
      stop.signal,
    );
    await expect.poll(() => server.requests.length, { timeout: 50_000 }).toBe(first + 1);
    stop.abort(new Error('stop'));
    expect((await done).results).toMatchObject([
      { status: 'cancelled', exit_status: 'cancelled', agent_stats: { tool_errors: 1 } },
    ]);
    await expect.poll(() => server.open).toBe(0);
  });

  test('a program that fails says how, and what it did is graded', async () => {
    const { result, output } = await attempt(
      "sed -i 's/a - b/a + b/' calc/__init__.py; echo 'cannot go on' >&2; exit 7",
    );
    expect(output).toBe('cannot go on\n[exit code 7]');
    expect(result).toMatchObject({
      status: 'passed',
      exit_status: 'command_failed',
      agent_stats: { tool_errors: 1 },
    });
  });

  test('a model that does not answer is no failure of the agent', async () => {
    const { result } = await attempt(runs(foreignAgent), () => serverError(), {
      model_retries: 0,
    });
    expect(result).toMatchObject({ status: 'infra_failure', exit_status: 'model_error' });
  });

  test('at the time limit the program is stopped, and what it did is graded', async () => {
    const { result, output } = await attempt(
      "sed -i 's/a - b/a + b/' calc/__init__.py; echo working; sleep 300",
      [],
      { timeouts: { agent: 2 } },
    );
    expect(output).toBe('working\n[stopped at the time limit]');
    expect(result).toMatchObject({ status: 'passed', exit_status: 'time' });
  });

  test('a long output is kept whole beside the trajectory', async () => {
    const { steps, runDir } = await attempt('seq 1 200000');
    const step = steps.find(({ kind }) => kind === 'tool');
    if (step?.kind !== 'tool' || step.output_file === null) throw new Error('nothing was kept');
    const whole = await readFile(path.join(runDir, 'add_0', step.output_file), 'utf8');
    expect(whole.split('\n')).toHaveLength(200_001);
    expect(step.output).toContain('are left out here');
  });

  test('a run is not started without its command', async () => {
    const started = bench.start([{ task_id: 'add', repo: repository.path, ref: 'main' }], {
      agent: 'command',
    });
    await expect(started).rejects.toMatchObject({ code: 'invalid-config' });
  });
});

/** The newest run folder. */
async function attemptFolder(bench: Bench): Promise<string | undefined> {
  const runs = await bench.runner.listRuns(path.join(bench.folder, 'runs'), { signal: never });
  return runs[0]?.runDir;
}

/** Files below a folder that hold these bytes. */
async function filesWith(folder: string, text: string): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  const found = await Promise.all(
    files.map(async ({ parentPath, name }) =>
      (await readFile(path.join(parentPath, name))).includes(text) ? [name] : [],
    ),
  );
  return found.flat();
}
