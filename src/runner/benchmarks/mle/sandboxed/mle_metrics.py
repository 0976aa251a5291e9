"""The metrics that a competition can name in its config.yaml, computed by scikit-learn.

Predictions come in the order of the answers. Of a metric it is known what a prediction has to be: its kind, its range, and
whether the target columns are all that a submission may have.
"""

import warnings
from dataclasses import dataclass
from typing import Callable, Optional

import numpy as np
from sklearn import metrics

from mle_api import InvalidSubmission
from mle_submission import Kind

Range = tuple[Optional[float], Optional[float]]

# Squares of larger numbers, added up, are no floats any more.
_LARGEST = 1e140


@dataclass(frozen=True)
class Metric:
    """compute(truth, prediction, average): arrays of a row each; two-dimensional where `columnwise`."""

    compute: Callable[[np.ndarray, np.ndarray, str], float]
    kind: Kind = 'number'
    range: Range = (None, None)
    # One score for each target column or one for all of them: predictions are a table.
    columnwise: bool = False
    # The columns are the classes: another one is a class that nobody knows.
    only_targets: bool = False


def score_of(metric: Metric, truth: np.ndarray, prediction: np.ndarray, average: str) -> float:
    """The exact score. Refuses predictions that are so large that nothing can be computed with them."""
    with warnings.catch_warnings(), np.errstate(all='ignore'):
        # Of rows that add up to 1 within the tolerance only, and of classes that nobody predicted.
        warnings.simplefilter('ignore')
        score = float(metric.compute(truth, prediction, average))
    if np.isfinite(score):
        return score
    if metric.kind == 'number' and np.abs(prediction).max() > _LARGEST:
        raise InvalidSubmission('its predictions are too large to be scored')
    raise ArithmeticError(f'the metric has no value on these answers: {score}')


def _auc(truth: np.ndarray, prediction: np.ndarray, average: str) -> float:
    if len(np.unique(truth)) != 2:
        raise ArithmeticError('the answers have to hold both classes of a column, and no other value')
    return metrics.roc_auc_score(truth, prediction)


def _log_loss(truth: np.ndarray, prediction: np.ndarray, average: str) -> float:
    return metrics.log_loss(truth, prediction, labels=[0, 1])


def _multiclass_log_loss(truth: np.ndarray, prediction: np.ndarray, average: str) -> float:
    """truth: one-hot."""
    if not (np.isin(truth, (0, 1)).all() and (truth.sum(axis=1) == 1).all()):
        raise ArithmeticError('the answers have to name one class a row')
    return metrics.log_loss(truth.argmax(axis=1), prediction, labels=range(truth.shape[1]))


def _accuracy(truth: np.ndarray, prediction: np.ndarray, average: str) -> float:
    return metrics.accuracy_score(truth, prediction)


def _f1(truth: np.ndarray, prediction: np.ndarray, average: str) -> float:
    if average == 'binary' and not np.isin(prediction, (0, 1)).all():
        raise InvalidSubmission('its labels have to be 0 or 1')
    return metrics.f1_score(truth, prediction, average=average, zero_division=0)


def _kappa(truth: np.ndarray, prediction: np.ndarray, average: str) -> float:
    return metrics.cohen_kappa_score(truth, prediction, weights='quadratic')


def _rmse(truth: np.ndarray, prediction: np.ndarray, average: str) -> float:
    # root_mean_squared_error is this, where there is one.
    return np.sqrt(metrics.mean_squared_error(truth, prediction))


def _rmsle(truth: np.ndarray, prediction: np.ndarray, average: str) -> float:
    return np.sqrt(metrics.mean_squared_log_error(truth, prediction))


def _mae(truth: np.ndarray, prediction: np.ndarray, average: str) -> float:
    return metrics.mean_absolute_error(truth, prediction)


def _mean_of(column: Callable[[np.ndarray, np.ndarray, str], float]):
    def mean(truth: np.ndarray, prediction: np.ndarray, average: str) -> float:
        scores = [column(truth[:, i], prediction[:, i], average) for i in range(truth.shape[1])]
        return float(np.mean(scores))

    return mean


METRICS: dict[str, Metric] = {
    'auc': Metric(_auc, range=(0, 1)),
    'log-loss': Metric(_log_loss, range=(0, 1)),
    'multiclass-log-loss': Metric(_multiclass_log_loss, range=(0, 1), columnwise=True, only_targets=True),
    'accuracy': Metric(_accuracy, kind='text'),
    'rmse': Metric(_rmse),
    'rmsle': Metric(_rmsle, range=(0, None)),
    'mae': Metric(_mae),
    'quadratic-kappa': Metric(_kappa, kind='whole'),
    'f1': Metric(_f1, kind='text'),
    'mean-columnwise-auc': Metric(_mean_of(_auc), range=(0, 1), columnwise=True, only_targets=True),
    'mean-columnwise-rmsle': Metric(_mean_of(_rmsle), range=(0, None), columnwise=True),
}
