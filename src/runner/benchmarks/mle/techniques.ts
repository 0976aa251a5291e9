import type { TechniqueTaskInfo } from '../../facade/competitions';
import type { TechniqueId } from '../../model';

const infos: Readonly<Record<TechniqueId, Omit<TechniqueTaskInfo, 'name'>>> = {
  imbalance: {
    title: 'Class imbalance',
    description:
      'Measure how unequal the classes are, choose what to do about it, and predict with it.',
    artifacts: ['imbalance_analysis.json', 'predictions.csv'],
  },
  missing: {
    title: 'Missing values',
    description: 'Count what is missing, find out by which mechanism, and fill it in.',
    artifacts: ['missing_analysis.json', 'imputed.csv'],
  },
  encoding: {
    title: 'Categorical encoding',
    description:
      'Find the categorical columns and encode train and test so that a linear model can use them.',
    artifacts: ['encoding_analysis.json', 'train_encoded.csv', 'test_encoded.csv'],
  },
  cv: {
    title: 'Cross-validation',
    description:
      'Choose a scheme of validation that fits how the rows hang together, and assign the folds.',
    artifacts: ['cv_analysis.json', 'folds.csv'],
  },
  scaling: {
    title: 'Feature scaling',
    description:
      'Decide whether the model needs scaled features, choose a method, and apply it without looking at the test rows.',
    artifacts: ['scaling_analysis.json', 'params.json', 'train_scaled.csv', 'test_scaled.csv'],
  },
  leakage: {
    title: 'Target leakage',
    description:
      'Find the features that tell the target and could not be known in time, and leave alone those that are just good.',
    artifacts: ['leakage_analysis.json'],
  },
};

export function techniqueInfo(name: TechniqueId): TechniqueTaskInfo {
  return { name, ...infos[name] };
}
