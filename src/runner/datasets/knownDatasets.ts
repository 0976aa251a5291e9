import type { DatasetKind } from '../model';
import type { HubDataset } from '../runner';

/** A dataset of the hub whose shape is known. */
export interface KnownDataset {
  /** Short names, in small letters. */
  readonly names: readonly string[];
  readonly repository: string;
  /** Other places of the same rows. */
  readonly alsoAt?: readonly string[];
  readonly title: string;
  /** What is meant when no split is named; `*`: all files. */
  readonly split: string;
  readonly kind: DatasetKind;
}

export const knownDatasets: readonly KnownDataset[] = [
  {
    names: ['swe-bench', 'full'],
    repository: 'SWE-bench/SWE-bench',
    alsoAt: ['princeton-nlp/SWE-bench'],
    title: 'SWE-bench',
    split: 'test',
    kind: 'swe-bench',
  },
  {
    names: ['lite', 'swe-bench-lite'],
    repository: 'SWE-bench/SWE-bench_Lite',
    alsoAt: ['princeton-nlp/SWE-bench_Lite'],
    title: 'SWE-bench Lite',
    split: 'test',
    kind: 'swe-bench',
  },
  {
    names: ['verified', 'swe-bench-verified'],
    repository: 'SWE-bench/SWE-bench_Verified',
    alsoAt: ['princeton-nlp/SWE-bench_Verified'],
    title: 'SWE-bench Verified',
    split: 'test',
    kind: 'swe-bench',
  },
  {
    names: ['multilingual', 'swe-bench-multilingual'],
    repository: 'SWE-bench/SWE-bench_Multilingual',
    title: 'SWE-bench Multilingual',
    split: 'test',
    kind: 'swe-bench',
  },
  {
    names: ['swe-smith', 'smith'],
    repository: 'SWE-bench/SWE-smith',
    title: 'SWE-smith',
    split: 'train',
    kind: 'swe-smith',
  },
  {
    names: ['swe-rebench', 'rebench'],
    repository: 'nebius/SWE-rebench',
    title: 'SWE-rebench',
    // Its rows have images; most of those in `test` have none.
    split: 'filtered',
    kind: 'swe-rebench',
  },
  {
    names: ['swe-gym', 'gym'],
    repository: 'SWE-Gym/SWE-Gym',
    title: 'SWE-Gym',
    split: 'train',
    kind: 'swe-gym',
  },
  {
    names: ['swe-gym-lite'],
    repository: 'SWE-Gym/SWE-Gym-Lite',
    title: 'SWE-Gym Lite',
    split: 'train',
    kind: 'swe-gym',
  },
  {
    names: ['swe-bench-pro', 'pro'],
    repository: 'ScaleAI/SWE-bench_Pro',
    title: 'SWE-bench Pro',
    split: 'test',
    kind: 'swe-bench-pro',
  },
  {
    names: ['multi-swe-bench'],
    repository: 'ByteDance-Seed/Multi-SWE-bench',
    title: 'Multi-SWE-bench',
    split: '*',
    kind: 'multi-swe-bench',
  },
  {
    names: ['code-contests', 'codecontests', 'code_contests'],
    repository: 'deepmind/code_contests',
    title: 'CodeContests',
    // One file; those of the train split have 7 GB.
    split: 'valid',
    kind: 'code-contests',
  },
  {
    names: ['humaneval'],
    repository: 'openai/openai_humaneval',
    title: 'HumanEval',
    split: 'test',
    kind: 'humaneval',
  },
];

/** The known datasets as people choose from them. */
export function listKnownDatasets(): readonly HubDataset[] {
  return knownDatasets.map(({ names: [name], title, repository, split }) => ({
    title,
    source: `hub:${name ?? repository}`,
    repository,
    split,
  }));
}

export function knownByName(name: string): KnownDataset | undefined {
  return knownDatasets.find(({ names }) => names.includes(name.toLowerCase()));
}

export function knownByRepository(wanted: string): KnownDataset | undefined {
  const name = wanted.toLowerCase();
  return knownDatasets.find(({ repository, alsoAt = [] }) =>
    [repository, ...alsoAt].some((place) => place.toLowerCase() === name),
  );
}
