import type { CompetitionConfig, CompetitionListing, DataKind } from '../runner/index';
import type { CompetitionState } from './competitionLabels';
import { competitionState, dataKindName, metricName, stateWords } from './competitionLabels';
import { joinFacts } from './trialLabels';

const kindIcons: Readonly<Record<DataKind, string>> = {
  tabular: 'table',
  text: 'symbol-text',
  image: 'file-media',
  audio: 'unmute',
  sequence: 'pulse',
};

/** How a competition stands in the tree of tasks. */
export interface CompetitionRow {
  readonly description: string;
  /** Of the editor's own icons: what its data is, or that it is not here. */
  readonly icon: string;
  /** Flags for `when` clauses. */
  readonly flags: readonly string[];
}

/** @param listing undefined while nobody has looked whether its data is prepared */
export function competitionRow(
  config: CompetitionConfig,
  listing: CompetitionListing | undefined,
): CompetitionRow {
  const state = listing === undefined ? 'prepared' : competitionState(listing);
  return {
    // The state before the others: a narrow side bar cuts the end off.
    description: joinFacts([stateWords(state), metricName(config), dataKindName(config.data_kind)]),
    icon: stateIcon(state) ?? kindIcons[config.data_kind],
    flags: ['competition', ...stateFlags(listing)],
  };
}

/** What is not ready is told apart at a glance, also where there is no room for a word. */
function stateIcon(state: CompetitionState): string | null {
  switch (state) {
    case 'prepared':
    case 'generated':
      return null;
    case 'unprepared':
      return 'cloud-download';
    case 'described':
      return 'info';
  }
}

/** Flags of the competition's own task and of the technique tasks on its data. */
export function stateFlags(listing: CompetitionListing | undefined): readonly string[] {
  // Until somebody has looked, the core is who refuses what cannot be run.
  if (listing === undefined) return ['runnable'];
  switch (competitionState(listing)) {
    case 'prepared':
      return ['runnable'];
    case 'generated':
      return ['runnable', 'preparable'];
    case 'unprepared':
      return ['preparable', 'unprepared'];
    case 'described':
      return [];
  }
}
