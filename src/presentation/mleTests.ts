import type {
  CompetitionResult,
  TechniqueCheck,
  TechniqueResult,
  TrialResult,
} from '../runner/index';
import { classOf } from '../runner/model';
import { medalOf, standingOf } from './competitionLabels';
import { formatScore, formatShare } from './format';
import type { ShownOutcome, ShownTest, TestGroup } from './testItems';
import { joinFacts } from './trialLabels';

/**
 * What a competition's or a technique task's trial came to as tests: the competition is one, with its score and medal; of
 * a technique task each check is one. Of other trials: none.
 */
export function mleTests(result: TrialResult): readonly TestGroup[] {
  const { competition, technique } = result;
  if (competition !== undefined) {
    const solved = classOf(result.status) === 'resolved';
    return [
      { id: 'competition', label: 'Competition', tests: [competitionTest(competition, solved)] },
    ];
  }
  if (technique === undefined) return [];
  return [{ id: 'checks', label: 'Checks', tests: checksOf(technique) }];
}

function competitionTest(result: CompetitionResult, solved: boolean): ShownTest {
  const { competition_id: id, score, message } = result;
  const outcome: ShownOutcome = !result.valid_submission ? 'errored' : solved ? 'passed' : 'failed';
  const standing = joinFacts([standingOf(result), score === null ? '' : formatScore(score)]);
  return {
    ...plainTest(id, outcome),
    description: standing,
    message: message ?? missedBy(result, standing),
  };
}

/** `no medal · 0.7; bronze needs 0.75`: what would have been enough. */
function missedBy(result: CompetitionResult, standing: string): string {
  const { bronze_threshold: bronze } = result;
  return bronze === null || medalOf(result) !== null
    ? standing
    : `${standing}; bronze needs ${formatScore(bronze)}`;
}

function checksOf({
  not_applicable: notApplicable,
  checks,
  message,
  task,
}: TechniqueResult): readonly ShownTest[] {
  if (checks.length > 0) return checks.map(checkTest);
  // Without checks its one line is all that there is to say.
  return [{ ...plainTest(task, notApplicable ? 'skipped' : 'errored'), message }];
}

/** A check has a share of the score: it passes whole, or it says what is missing. */
function checkTest({ name, weight, score, message }: TechniqueCheck): ShownTest {
  return {
    ...plainTest(name, score >= 1 ? 'passed' : 'failed'),
    description: `${formatShare(score)} of ${formatShare(weight)}`,
    message,
  };
}

function plainTest(id: string, outcome: ShownOutcome): ShownTest {
  return {
    id,
    label: id,
    description: '',
    outcome,
    durationMs: 0,
    file: null,
    line: null,
    message: null,
    expected: null,
    actual: null,
  };
}
