import { describe, expect, test } from 'vitest';
import { pythonJson } from '../../../../src/runner/benchmarks/swe/official/pythonJson';
import {
  officialEntryOf,
  officialSummary,
  summaryName,
} from '../../../../src/runner/benchmarks/swe/officialSummary';
import type { TrialStatus } from '../../../../src/runner/model';

describe('files that the official tools read', () => {
  test('are written as Python writes JSON', () => {
    const value = {
      'é😀': ['a\u007f"\\\n\u0001/'],
      none: [],
      empty: {},
      yes: true,
      no: null,
      n: 1,
    };
    // What json.dumps(value, indent=4) gives.
    expect(pythonJson(value)).toBe(
      [
        '{',
        String.raw`    "\u00e9\ud83d\ude00": [`,
        String.raw`        "a\u007f\"\\\n\u0001/"`,
        '    ],',
        '    "none": [],',
        '    "empty": {},',
        '    "yes": true,',
        '    "no": null,',
        '    "n": 1',
        '}',
      ].join('\n'),
    );
  });

  test('a summary has the lists of version 5 in their order', () => {
    const entry = (
      id: string,
      status: TrialStatus,
      cause: string | null = null,
      reported = true,
    ): Parameters<typeof officialSummary>[2][number] =>
      officialEntryOf({ id, status, cause, reported });
    const tasks = ['t9', 't1', 't2', 't3', 't4', 't5', 't6', 't7', 't8', 'stopped', 'alone'];
    const entries = [
      entry('t9', 'passed'),
      entry('t1', 'failed'),
      entry('t2', 'suspicious', 'lies'),
      entry('t3', 'no_tests', 'nothing_selected'),
      entry('t4', 'error', 'clone_failed', false),
      entry('t5', 'timeout', 'after'),
      entry('t6', 'patch_rejected', 'does_not_apply', false),
      entry('t7', 'empty_patch'),
      entry('t8', 'infra_failure', 'docker-unavailable', false),
      entry('stopped', 'cancelled'),
    ];
    const submitted = [...entries.map(({ id }) => id), 'unknown'];
    const summary = officialSummary(tasks, submitted, entries);
    expect(Object.entries(summary)).toEqual([
      ['total_instances', 11],
      ['submitted_instances', 11],
      ['completed_instances', 4],
      ['resolved_instances', 1],
      ['unresolved_instances', 3],
      ['infra_failure_instances', 1],
      ['ambiguous_failure_instances', 1],
      ['empty_patch_instances', 1],
      ['error_instances', 4],
      ['completed_ids', ['t1', 't2', 't3', 't9']],
      ['incomplete_ids', ['alone', 'stopped']],
      ['empty_patch_ids', ['t7']],
      ['submitted_ids', [...submitted].sort()],
      ['resolved_ids', ['t9']],
      ['unresolved_ids', ['t1', 't2', 't3']],
      ['infra_failure_ids', ['t8']],
      ['ambiguous_failure_ids', ['t5']],
      [
        'failure_reasons',
        {
          t2: 'suspicious: lies',
          t3: 'nothing_selected',
          t4: 'clone_failed',
          t5: 'tests_timed_out',
          t6: 'does_not_apply',
          t8: 'docker-unavailable',
        },
      ],
      ['error_ids', ['t4', 't5', 't6', 't8']],
      ['schema_version', 2],
    ]);
    expect(Object.keys(summary.failure_reasons)).toEqual(['t2', 't3', 't4', 't5', 't6', 't8']);
  });

  test('a summary is called by its model, whose slashes are no folders', () => {
    expect(summaryName('an/agent/v1', 'run')).toBe('an__agent__v1.run.json');
  });
});
