import type { AgentStep } from '../../src/runner/agents/agent';
import type { NodeStep } from '../../src/runner/model';

const draft = 'import pandas as pd\n\ntrain = pd.read_csv("/home/data/train.csv")\nprint(0.71)\n';

/** A node of a search as an agent records it. */
export function nodeStep(more: Partial<NodeStep> & Pick<NodeStep, 'node'>): NodeStep & AgentStep {
  return {
    kind: 'node',
    parent: null,
    stage: 'draft',
    metric: 0.71,
    lower_is_better: false,
    buggy: false,
    best: false,
    plan: 'A logistic regression on the numeric columns.',
    code: draft,
    term_out: '0.71\n',
    exec_time: 3.2,
    exc_type: null,
    analysis: 'It runs and writes a submission.',
    ...more,
  };
}

/** A search of four solutions: a draft, one that broke, its repair, and an improvement that is the best. */
export const searchSteps: readonly AgentStep[] = [
  nodeStep({ node: 0, best: true }),
  nodeStep({
    node: 1,
    metric: null,
    buggy: true,
    code: `${draft}raise KeyError("renewed")\n`,
    term_out: 'KeyError: renewed\n',
    exc_type: 'KeyError',
    analysis: 'It reads a column that is not there.',
  }),
  nodeStep({ node: 2, parent: 1, stage: 'debug', metric: 0.69, code: draft.replace('71', '69') }),
  nodeStep({
    node: 3,
    parent: 0,
    stage: 'improve',
    metric: 0.78,
    best: true,
    plan: 'Gradient boosting on all columns.',
    code: draft.replace('0.71', '0.78').replace('pandas as pd', 'pandas as pd  # boosted'),
    term_out: '0.78\n',
  }),
];
