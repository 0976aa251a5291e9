/** Settings for tests of the editor: how fast the machine is that they share with others is none of their business. */
export const PATIENT_SETTINGS = {
  'benchyard.timeouts.clone': 120,
  'benchyard.timeouts.install': 120,
  'benchyard.timeouts.apply': 60,
  'benchyard.timeouts.test': 120,
  'benchyard.timeouts.total': 300,
} as const;
