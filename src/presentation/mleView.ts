import type { RunState } from '../runner/index';
import { competitionLines, techniqueLines } from './mleLines';
import type { ReportView } from './reportMessages';

type SummaryTable = ReportView['tables'][number];

/** Whether all that a run tried are competitions and technique tasks: then its words are theirs. */
export function isMleRun({ plan }: RunState): boolean {
  const trials = plan?.trials ?? [];
  return trials.length > 0 && trials.every(({ benchmark }) => benchmark === 'mle');
}

/** Whether the table of competitions tells all that one of resolved trials by competition would. */
export function isToldByCompetition(state: RunState): boolean {
  const isGraded = [...state.trials.values()].some(
    ({ result }) => result?.competition !== undefined,
  );
  return isGraded && isMleRun(state);
}

/** Competitions with what their seeds came to, and technique tasks with how many passed; empty tables where there are none. */
export function mleTables(state: RunState): readonly SummaryTable[] {
  return [
    {
      title: 'Competitions',
      head: ['Competition', 'Valid', 'Medals', 'Score'],
      rows: competitionLines(state).map(({ competition, valid, medals, score }) => ({
        cells: [competition, valid, medals, score],
        range: null,
        choice: { facet: 'repository', value: competition },
      })),
    },
    {
      title: 'Technique tasks',
      head: ['Technique', 'Passed', 'Not applicable'],
      rows: techniqueLines(state).map(({ technique, passed, notApplicable }) => ({
        cells: [technique, passed, notApplicable],
        range: null,
        choice: null,
      })),
    },
  ];
}
