import type { RepositoryTask, RunEvent } from '../../src/runner/index';
import { EngineTrace } from './docker';
import type { Bench, BenchContext, Row } from './measure';
import { interleave, plainRow, timed } from './measure';
import { runSamples, sampleTasks, snapshotImage, trialByHand } from './samples';

/** Few tests and no heavy import: what is ours weighs most. */
const taskIds = ['cronette__day-or-weekday', 'pixelbin__uint8-overflow'];

/** A trial's time, taken apart at its events: the spans follow each other and make up the whole. */
const spans: readonly (readonly [string, string, string])[] = [
  ['snapshot found, first sandbox opened', 'trial.started', 'stage.started before'],
  ['tests before', 'stage.started before', 'stage.ended before'],
  ['agent (gold)', 'stage.ended before', 'stage.ended agent'],
  ['clean sandbox opened', 'stage.ended agent', 'stage.started apply'],
  ['patch applied', 'stage.started apply', 'stage.ended apply'],
  ['tests after', 'stage.ended apply', 'stage.ended after'],
  ['teardown and result', 'stage.ended after', 'trial.ended'],
];

const engineCalls: readonly (readonly [string, string])[] = [
  ['engine: create', 'POST /containers/create'],
  ['engine: start', 'POST /containers/…/start'],
  ['engine: remove', 'DELETE /containers/…'],
];

function momentOf(event: RunEvent): string {
  if (event.type === 'stage.started') return `${event.type} ${event.stage}`;
  return event.type === 'stage.ended' ? `${event.type} ${event.result.stage}` : event.type;
}

/** Trials of one task, with what they spent on what. */
class ObservedTrials {
  readonly #task: RepositoryTask;
  readonly #context: BenchContext;
  readonly #samples = new Map<string, number[]>();

  constructor(task: RepositoryTask, context: BenchContext) {
    this.#task = task;
    this.#context = context;
  }

  /** @returns the trial's own time, without the run around it */
  readonly run = async (): Promise<number> => {
    const moments = new Map<string, number>();
    using trace = new EngineTrace();
    const runMs = await timed(() =>
      runSamples([this.#task.taskId], this.#context, {
        concurrency: 1,
        onEvent: (event) => moments.set(momentOf(event), performance.now()),
      }),
    );
    const between = (from: string, to: string): number =>
      (moments.get(to) ?? NaN) - (moments.get(from) ?? NaN);
    const trialMs = between('trial.started', 'trial.ended');
    for (const [what, from, to] of spans) this.#add(what, between(from, to));
    for (const [what, name] of engineCalls) for (const ms of trace.times(name)) this.#add(what, ms);
    this.#add('run around the trial', runMs - trialMs);
    return trialMs;
  };

  /** The first trial, which may have made the snapshot, is left out. */
  rows(): readonly Row[] {
    return [...this.#samples].map(([what, samples]) =>
      plainRow(`  ${what}`, samples.slice(what.startsWith('engine') ? 2 : 1)),
    );
  }

  #add(what: string, ms: number): void {
    const samples = this.#samples.get(what) ?? [];
    this.#samples.set(what, [...samples, ms]);
  }
}

async function compare(task: RepositoryTask, context: BenchContext): Promise<readonly Row[]> {
  await runSamples([task.taskId], context, { concurrency: 1 });
  const image = await snapshotImage(task, context);
  const observed = new ObservedTrials(task, context);
  const { ours, plain, hardened } = await interleave(context.rounds, {
    ours: observed.run,
    plain: () => timed(() => trialByHand(task, image, 'plain')),
    hardened: () => timed(() => trialByHand(task, image, 'hardened')),
  });
  return [
    {
      ...plainRow(task.taskId, ours),
      other: { what: '2 × docker run', samples: plain },
      target: { of: 'ratio', limit: 1.2, direction: 'at most' },
    },
    {
      ...plainRow(task.taskId, ours),
      other: { what: '2 × docker run, hardened', samples: hardened },
    },
    ...observed.rows(),
  ];
}

export const trialBench: Bench = {
  name: 'trial',
  title: 'a gold trial from a kept environment, against the same commands in as many `docker run`s',
  run: async (context) => {
    const tasks = (await sampleTasks(context)).filter(({ taskId }) => taskIds.includes(taskId));
    const rows: Row[] = [];
    for (const task of tasks) rows.push(...(await compare(task, context)));
    return rows;
  },
};
