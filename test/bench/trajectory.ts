import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import * as z from 'zod';
import { launchBrowser } from '../../scripts/vscode/browser';
import { findInstallation } from '../../scripts/vscode/installation';
import { bodyOf } from '../../src/presentation/trajectoryBody';
import { headerOf } from '../../src/presentation/trajectoryHeader';
import { rowOf } from '../../src/presentation/trajectoryIndex';
import type { StepBodyView, ToPage } from '../../src/presentation/trajectoryMessages';
import type { Runner, StepSummary } from '../../src/runner/index';
import { createRunner } from '../../src/runner/index';
import { testHost } from '../support/temp';
import { writeLargeTrajectory } from '../support/trajectories';
import { runProgram } from './docker';
import type { Bench, BenchContext, Row, Samples } from './measure';
import { interleave, plainRow, timed } from './measure';

const steps = 10_000;
const bytes = 200e6;
const rowsPerMessage = 2000;
const visible = 30;
const scrolledScreens = 150;
const address = 'http://trajectory.test/';

/** The trajectory that is measured, as the editor's side reads it. */
interface Subject {
  readonly runner: Runner;
  readonly runDir: string;
  readonly trialId: string;
}

const pageTimes = z.object({ first: z.number(), all: z.number() });
const frameTimes = z.array(z.number());

/** All that the editor does between the command and its last message. */
async function messagesOf({ runner, runDir, trialId }: Subject): Promise<readonly ToPage[]> {
  const { signal } = new AbortController();
  const state = await runner.openRun(runDir, { signal });
  const trial = state.trials.get(trialId);
  if (trial === undefined) throw new Error('the trial is not there');
  const index = await runner.readSteps(runDir, trialId, { signal });
  if (index.length !== steps) throw new Error(`${String(index.length)} steps`);
  const run = { agent: 'runner', model: 'example/model-1', attempts: 1, alive: false };
  const header = headerOf(trial, run);
  const messages: ToPage[] = [
    { type: 'start', run: 'run', trial: trialId, header, steps, reveal: null },
  ];
  for (let first = 0; first < index.length; first += rowsPerMessage) {
    messages.push({ type: 'rows', rows: index.slice(first, first + rowsPerMessage).map(rowOf) });
  }
  return messages;
}

async function bodiesOf(
  { runner, runDir, trialId }: Subject,
  asked: readonly StepSummary[],
): Promise<readonly StepBodyView[]> {
  const { signal } = new AbortController();
  const bodies = await runner.readStepBodies(runDir, trialId, asked, { signal });
  return bodies.map((body) => bodyOf(body, { whole: false }));
}

async function search({ runner, runDir, trialId }: Subject, text: string): Promise<number> {
  let found = 0;
  const { signal } = new AbortController();
  for await (const some of runner.searchSteps(runDir, trialId, text, { signal }))
    found += some.length;
  return found;
}

/** Stands in for the editor: it answers the page with what was prepared, and notes when steps are in the document. */
const editorProgram = `
window.times = {};
window.acquireVsCodeApi = () => ({
  getState: () => undefined,
  setState: () => undefined,
  postMessage: async (message) => {
    if (message.type === 'ready') for (const told of window.told) window.postMessage(told);
    if (message.type === 'bodies') {
      window.postMessage({ type: 'bodies', bodies: await window.bodiesOf(message.steps) });
    }
  },
});
new MutationObserver(() => {
  const step = document.querySelector('article');
  if (step === null) return;
  window.times.first ??= performance.now() - window.began;
  if (step.getAttribute('aria-setsize') === '${String(steps)}') {
    window.times.all ??= performance.now() - window.began;
  }
}).observe(document, { childList: true, subtree: true, attributes: true });
`;

const scrollProgram = `(async () => {
  const scroller = document.querySelector('.scroller');
  const frames = [];
  let before = performance.now();
  for (let screen = 0; screen < ${String(scrolledScreens)}; screen += 1) {
    scroller.scrollTop += scroller.clientHeight * (screen % 50 === 49 ? 40 : 0.9);
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    frames.push(now - before);
    before = now;
  }
  return frames;
})()`;

async function buildPage({ folder }: BenchContext): Promise<ReadonlyMap<string, string>> {
  const outdir = path.join(folder, 'webview');
  const program = `
    import { build } from 'esbuild';
    import { webviewOptions } from './scripts/bundleOptions.mjs';
    const options = webviewOptions({ production: true });
    await build({ ...options, logLevel: 'warning', outdir: process.argv[1] });`;
  await runProgram(process.execPath, ['--input-type=module', '-e', program, outdir]);
  const read = (name: string): Promise<string> => readFile(path.join(outdir, name), 'utf8');
  const html = `<!DOCTYPE html><html><head><link rel="stylesheet" href="/trajectory.css"></head>
    <body><script src="/trajectory.js"></script></body></html>`;
  return new Map([
    ['/', html],
    ['/trajectory.js', await read('trajectory.js')],
    ['/trajectory.css', await read('trajectory.css')],
  ]);
}

/** A page that shows the trajectory; the times of its first and of all its steps, from its own beginning. */
async function openPage(
  browser: Browser,
  files: ReadonlyMap<string, string>,
  { subject, messages }: { readonly subject: Subject; readonly messages: readonly ToPage[] },
): Promise<{ readonly page: Page; readonly times: z.infer<typeof pageTimes> }> {
  const page = await browser.newPage({ viewport: { width: 1000, height: 800 } });
  const { signal } = new AbortController();
  const index = await subject.runner.readSteps(subject.runDir, subject.trialId, { signal });
  await page.exposeFunction('bodiesOf', (asked: readonly number[]) =>
    bodiesOf(
      subject,
      asked.flatMap((step) => index[step - 1] ?? []),
    ),
  );
  await page.route(`${address}**`, async (route) => {
    const name = new URL(route.request().url()).pathname;
    const types: Readonly<Record<string, string>> = {
      '.js': 'text/javascript',
      '.css': 'text/css',
    };
    const contentType = types[path.extname(name)] ?? 'text/html';
    await route.fulfill({ contentType, body: files.get(name) ?? '' });
  });
  await page.addInitScript(`window.told = ${JSON.stringify(messages)};
    ${editorProgram}; window.began = performance.now();`);
  await page.goto(address);
  await page.waitForFunction('window.times.all !== undefined');
  return { page, times: pageTimes.parse(await page.evaluate('window.times')) };
}

async function pageRows(
  context: BenchContext,
  subject: Subject,
  reading: Samples,
): Promise<readonly Row[]> {
  const installation = await findInstallation();
  if (installation === null) {
    context.say('  no browser: run `npm run setup:vscode` to measure the page too');
    return [];
  }
  const files = await buildPage(context);
  const messages = await messagesOf(subject);
  const browser = await launchBrowser(installation.chromium);
  try {
    const first: number[] = [];
    const all: number[] = [];
    const frames: number[] = [];
    const worst: number[] = [];
    for (let round = 0; round < context.rounds; round += 1) {
      const { page, times } = await openPage(browser, files, { subject, messages });
      first.push(times.first);
      all.push(times.all);
      const scrolled = frameTimes.parse(await page.evaluate(scrollProgram));
      frames.push(scrolled.reduce((sum, frame) => sum + frame, 0) / scrolled.length);
      worst.push(Math.max(...scrolled));
      await page.close();
    }
    const together = first.map((time, round) => time + (reading[round] ?? NaN));
    const target = { of: 'value', limit: 1000, direction: 'at most' } as const;
    return [
      plainRow('index and page: the first steps are on the screen', together, { target }),
      plainRow('  of that the page', first),
      plainRow('page: all steps can be scrolled to', all),
      plainRow('scrolling: a frame, on average', frames),
      plainRow('scrolling: the slowest frame', worst),
    ];
  } finally {
    await browser.close();
  }
}

export const trajectoryBench: Bench = {
  name: 'trajectory',
  title: `a trajectory of ${steps.toLocaleString('en')} steps and ${String(bytes / 1e6)} MB: open, scroll, search`,
  run: async (context) => {
    const { runDir, trialId } = await writeLargeTrajectory(context.folder, { steps, bytes });
    const file = path.join(runDir, trialId, 'trajectory.jsonl');
    await using runner = createRunner(testHost(context.folder));
    const subject = { runner, runDir, trialId };
    const { signal } = context;
    const index = await runner.readSteps(runDir, trialId, { signal });
    const { read, bodies, found, plain } = await interleave(context.rounds, {
      read: () => timed(() => messagesOf(subject)),
      bodies: () => timed(() => bodiesOf(subject, index.slice(5000, 5000 + visible))),
      found: () => timed(() => search(subject, 'TEST_9998')),
      plain: () => timed(async () => (await readFile(file)).includes('TEST_9998')),
    });
    const size = (await stat(file)).size / 1e6;
    return [
      plainRow('trajectory.jsonl', [size], { unit: 'MB' }),
      plainRow('read the index and make its rows', read),
      plainRow(`read ${String(visible)} opened steps`, bodies),
      {
        ...plainRow('search all texts', found),
        other: { what: 'reading the file', samples: plain },
      },
      ...(await pageRows(context, subject, read)),
    ];
  },
};
