/** The sample tasks that `samples/answers.jsonl` has a model's answers to, in the order of their ids. */
export const recordedSamples = [
  'layercfg__merge-writes-defaults',
  'ledgerly__budget-unspent',
  'pixelbin__uint8-overflow',
  'pixelbin__white-balance-axis',
  'rollstats__last-frame',
  'stationlog__utc-offsets',
] as const;
