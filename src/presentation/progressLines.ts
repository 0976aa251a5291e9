import type { RunProgress, TrialState } from '../runner/index';
import { formatCount, formatDuration, plural, secondsBetween } from './format';
import {
  costText,
  failureTitle,
  failureTone,
  formatPace,
  paceText,
  passesLimit,
  progressShares,
  projectedText,
  shareDone,
  slowestText,
  slowestTimes,
  timeLeftText,
} from './progressText';
import type { Tone } from './reportMessages';
import { joinFacts, stageLabel } from './trialLabels';

/** A piece of a line of a terminal. */
export interface Span {
  readonly text: string;
  readonly tone: Tone | 'dim' | null;
}
export type Line = readonly Span[];

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
  /** Cells that a text takes. */
  readonly widthOf: (text: string) => number;
}

export interface ShownProgress {
  readonly progress: RunProgress;
  /** Trials that run, the oldest first. */
  readonly running: readonly TrialState[];
  /** As of Date.now(). */
  readonly now: number;
}

/** However large the terminal is, what was said before it matters more. */
const mostLines = 14;
const mostRunning = 5;
const mostFailures = 2;

/**
 * How far a run is, in the lines of a terminal: as many as it has room for, none of them wider than it. What matters most
 * comes first, so that a small terminal shows that.
 */
export function progressLines(shown: ShownProgress, size: TerminalSize): readonly Line[] {
  const { progress } = shown;
  // A line that fills the last column makes some terminals begin another.
  const width = Math.max(1, size.columns - 1);
  const fit = { width, widthOf: size.widthOf };
  const room = Math.max(1, Math.min(mostLines, size.rows - 2));
  const blocks: readonly (readonly Line[])[] = [
    [barLine(progress, fit)],
    wrap(facts(progress), fit),
    wrap(counts(progress), fit),
    wrap(slowest(progress), fit),
    failures(progress, fit),
    wrap(nodes(progress), fit),
    runningLines(shown, fit),
  ];
  // Some of what runs is seen before all that failed.
  const [running = []] = blocks.slice(-1);
  const others = blocks.slice(0, -1).flat();
  const kept = others.slice(0, Math.max(1, room - Math.min(running.length, 2)));
  return [...kept, ...runningRoom(running, room - kept.length, { ...shown, fit })];
}

interface Fit {
  readonly width: number;
  readonly widthOf: (text: string) => number;
}

function barLine(progress: RunProgress, fit: Fit): Line {
  const { width, widthOf } = fit;
  const { done, total } = progress;
  const text = ` ${formatCount(done)}/${formatCount(total)} · ${shareDone(progress)}`;
  const cells = Math.min(40, width - widthOf(text));
  if (cells < 4) return [cut({ text: text.trim(), tone: null }, fit)];
  const spans: Span[] = [];
  let [counted, drawn] = [0, 0];
  for (const { count, tone, label } of progressShares(progress)) {
    counted += count;
    const end = Math.round((counted / Math.max(1, total)) * cells);
    const isLeft = label === 'to go';
    // What there is of is seen, where there is room for it at all.
    if (end > drawn)
      spans.push({
        text: (isLeft ? '─' : label === 'running' ? '╍' : '━').repeat(end - drawn),
        tone: isLeft ? 'dim' : tone,
      });
    drawn = Math.max(drawn, end);
  }
  if (drawn < cells) spans.push({ text: '─'.repeat(cells - drawn), tone: 'dim' });
  return [...spans, { text, tone: null }];
}

function facts(progress: RunProgress): readonly Span[] {
  const { cost } = progress;
  const plain = (text: string): Span[] => (text === '' ? [] : [{ text, tone: null }]);
  const pace = paceText(progress);
  const inAll = cost === null ? '' : projectedText(cost);
  return [
    ...plain(timeLeftText(progress)),
    ...plain(pace),
    ...(cost === null
      ? []
      : [
          ...plain(`cost ${costText(cost.so_far, cost)}${inAll === '' ? '' : `, ${inAll} in all`}`),
          ...(passesLimit(cost)
            ? [
                {
                  text: `over the limit of ${costText(cost.limit ?? 0, { ...cost, at_least: false })}`,
                  tone: 'warning' as const,
                },
              ]
            : []),
        ]),
  ];
}

function counts(progress: RunProgress): readonly Span[] {
  return progressShares(progress).map(({ label, count, tone }) => ({
    text: `${formatCount(count)} ${label}`,
    tone: tone === 'idle' ? 'dim' : tone,
  }));
}

function slowest(progress: RunProgress): readonly Span[] {
  const text = slowestText(progress);
  if (text === '') return [];
  return [
    { text: `slowest stage: ${text}`, tone: 'dim' },
    { text: slowestTimes(progress), tone: 'dim' },
  ];
}

function failures({ failures: groups }: RunProgress, fit: Fit): readonly Line[] {
  // Answers that were wrong are counted above; here stands what keeps trials from having one.
  const broken = groups.filter(({ status }) => status !== 'failed' && status !== 'empty_patch');
  return broken.slice(0, mostFailures).map((group) => {
    const { count, message, example } = group;
    const why = message ?? `as ${example.trial_id}`;
    return [
      cut(
        {
          text: `${formatCount(count)} × ${failureTitle(group)}: ${why}`,
          tone: failureTone(group),
        },
        fit,
      ),
    ];
  });
}

function nodes({ nodes: all }: RunProgress): readonly Span[] {
  if (all.length < 2) return [];
  return all.map(({ node, running, rate, infra_failures: broken }) => ({
    text: joinWithSpaces([
      node,
      `${formatCount(running)} running`,
      rate === null ? '' : formatPace(rate),
      broken === 0 ? '' : `${formatCount(broken)} broken`,
    ]),
    tone: broken === 0 ? 'dim' : 'warning',
  }));
}

function runningLines({ running, now }: ShownProgress, fit: Fit): readonly Line[] {
  return running.slice(0, mostRunning).map((trial) => {
    const { plan, stage, startedAt, agentStats, node } = trial;
    const since = stage?.startedAt ?? startedAt;
    const between = trial.stages.length === 0 ? 'starting' : 'working';
    const at = joinWithSpaces([
      stage === null ? between : stageLabel(stage.name),
      since === null ? '' : formatDuration(secondsBetween(since, null, now)),
    ]);
    const more = joinFacts([
      at,
      agentStats.steps > 0 ? plural(agentStats.steps, 'step') : '',
      node ?? '',
    ]);
    const [mark, gap] = ['› ', '  '];
    // A name that can be told from others is worth more than where its trial is in detail.
    const told = fit.widthOf(more) <= fit.width / 2 ? more : at;
    const where = cut({ text: told, tone: 'dim' }, { ...fit, width: Math.floor(fit.width / 2) });
    const left = fit.width - fit.widthOf(mark) - fit.widthOf(gap) - fit.widthOf(where.text);
    const name = plan.attempt > 0 ? `${plan.task_id} #${String(plan.attempt + 1)}` : plan.task_id;
    return [
      { text: mark, tone: 'running' },
      cut({ text: name, tone: null }, { ...fit, width: left }),
      { text: gap, tone: null },
      where,
    ];
  });
}

/** As many of the trials that run as there is room for, and how many there are beside them. */
function runningRoom(
  lines: readonly Line[],
  room: number,
  { running, fit }: ShownProgress & { readonly fit: Fit },
): readonly Line[] {
  if (running.length <= Math.min(room, lines.length)) return lines.slice(0, Math.max(0, room));
  const kept = lines.slice(0, Math.max(0, Math.min(room - 1, lines.length)));
  if (kept.length === 0) return [];
  const more = running.length - kept.length;
  return [...kept, [cut({ text: `  and ${formatCount(more)} more`, tone: 'dim' }, fit)]];
}

/** Facts beside each other, as many on a line as it holds. */
function wrap(spans: readonly Span[], fit: Fit): readonly Line[] {
  const lines: Span[][] = [];
  let used = Infinity;
  for (const span of spans) {
    const one = cut(span, fit);
    const needed = fit.widthOf(one.text) + 3;
    const line = lines.at(-1);
    if (line === undefined || used + needed > fit.width) {
      lines.push([one]);
      used = needed - 3;
    } else {
      line.push({ text: ' · ', tone: 'dim' }, one);
      used += needed;
    }
  }
  return lines;
}

function cut(span: Span, { width, widthOf }: Fit): Span {
  if (widthOf(span.text) <= width) return span;
  const characters = Array.from(graphemes.segment(span.text), ({ segment }) => segment);
  while (characters.length > 0 && widthOf(`${characters.join('')}…`) > width) characters.pop();
  return { ...span, text: `${characters.join('').trimEnd()}…` };
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

function joinWithSpaces(words: readonly string[]): string {
  return words.filter((word) => word !== '').join(' ');
}
