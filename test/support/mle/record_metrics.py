"""Records what scikit-learn says of submissions that are made up, for test/fixtures/mle/metrics.json.

    python3 test/support/mle/record_metrics.py > test/fixtures/mle/metrics.json

Calls scikit-learn on the arrays directly. None of the programs that are tested with what it records has a part in it.
"""

import json
from typing import Any, Callable

import numpy as np
import sklearn
from sklearn import metrics

random = np.random.Generator(np.random.PCG64(20240607))
ROWS = 60


def table(header: list[str], columns: list) -> str:
    rows = [','.join(str(value) for value in row) for row in zip(*columns)]
    return '\n'.join([','.join(header), *rows]) + '\n'


def case(name: str, grader: dict[str, Any], truth: np.ndarray, prediction: np.ndarray, score: float) -> dict[str, Any]:
    """The submission's rows stand in another order than the answers'."""
    truth, prediction = truth.reshape(ROWS, -1), prediction.reshape(ROWS, -1)
    ids = np.array([f'r{number}' for number in range(ROWS)])
    order = random.permutation(ROWS)
    targets = grader['target_columns']
    return {
        'name': name,
        'grader': {'id_column': 'id', **grader},
        'answers': table(['id', *grader.get('answer_columns', targets)], [ids, *truth.T.tolist()]),
        'submission': table(['id', *targets], [ids[order], *prediction[order].T.tolist()]),
        'score': float(score),
    }


def one(metric: str, truth: np.ndarray, prediction: np.ndarray, score: float, name: str = '', **more: Any) -> dict[str, Any]:
    return case(name or metric, {'metric': metric, 'target_columns': ['y'], **more}, truth, prediction, score)


def columnwise(metric: str, truth: np.ndarray, prediction: np.ndarray, function: Callable, **more: Any) -> dict[str, Any]:
    targets = [f'c{number}' for number in range(truth.shape[1])]
    used = (truth != more['ignore_value']).all(axis=1) if 'ignore_value' in more else np.ones(ROWS, dtype=bool)
    scores = [function(truth[used, column], prediction[used, column]) for column in range(truth.shape[1])]
    return case(metric + (' ignoring' if more else ''), {'metric': metric, 'target_columns': targets, **more}, truth, prediction, np.mean(scores))


def record() -> list[dict[str, Any]]:
    binary = random.integers(0, 2, ROWS)
    share = np.clip(binary * 0.3 + random.random(ROWS) * 0.7, 0, 1)
    tied = share.round(1)
    certain = random.integers(0, 2, ROWS).astype(float)
    fares, guesses = random.gamma(3, 5, ROWS), random.gamma(3, 5, ROWS)
    grades, rated = random.integers(0, 5, ROWS), random.integers(0, 5, ROWS)
    names = np.array(['ash', 'birch', 'cedar', 'élan', 'NA'])
    kinds, told = random.choice(names, ROWS), random.choice(names, ROWS)
    classes = ['a', 'b', 'c', 'd']
    chosen = random.integers(0, 4, ROWS)
    shares = random.dirichlet(np.ones(4), ROWS)
    sure = np.eye(4)[random.integers(0, 4, ROWS)]
    labels, beliefs = random.integers(0, 2, (ROWS, 3)), random.random((ROWS, 3))
    uncounted = labels.copy()
    uncounted[::4] = -1
    energies, expected = random.gamma(2, 1, (ROWS, 2)), random.gamma(2, 1, (ROWS, 2))

    def multiclass(name: str, truth: np.ndarray, prediction: np.ndarray, **more: Any) -> dict[str, Any]:
        score = metrics.log_loss(chosen, prediction, labels=range(4))
        grader = {'metric': 'multiclass-log-loss', 'target_columns': classes, 'row_sum_tolerance': 1.1e-5, **more}
        return case(name, grader, truth, prediction, score)

    def rmsle(truth: np.ndarray, prediction: np.ndarray) -> float:
        return metrics.mean_squared_log_error(truth, prediction) ** 0.5

    return [
        one('auc', binary, share, metrics.roc_auc_score(binary, share)),
        one('auc', binary, tied, metrics.roc_auc_score(binary, tied), 'auc with ties'),
        one('log-loss', binary, share, metrics.log_loss(binary, share)),
        one('log-loss', binary, certain, metrics.log_loss(binary, certain), 'log-loss of the certain'),
        one('log-loss', binary, 1.0 - binary, metrics.log_loss(binary, 1.0 - binary), 'log-loss, all wrong'),
        multiclass('multiclass-log-loss', np.eye(4, dtype=int)[chosen], shares),
        multiclass('multiclass-log-loss of the certain', np.eye(4, dtype=int)[chosen], sure),
        multiclass('multiclass-log-loss of names', np.array(classes)[chosen], shares, answer_columns=['kind']),
        one('accuracy', grades, rated, metrics.accuracy_score(grades, rated)),
        one('accuracy', kinds, told, metrics.accuracy_score(kinds, told), 'accuracy of names'),
        one('rmse', fares, guesses, metrics.mean_squared_error(fares, guesses) ** 0.5),
        one('rmsle', fares, guesses, rmsle(fares, guesses)),
        one('mae', fares, guesses, metrics.mean_absolute_error(fares, guesses)),
        one('quadratic-kappa', grades, rated, metrics.cohen_kappa_score(grades, rated, weights='quadratic')),
        one('f1', binary, certain.astype(int), metrics.f1_score(binary, certain)),
        one('f1', grades, rated, metrics.f1_score(grades, rated, average='macro'), 'f1, macro', average='macro'),
        one('f1', kinds, told, metrics.f1_score(kinds, told, average='weighted'), 'f1, weighted, of names', average='weighted'),
        columnwise('mean-columnwise-auc', labels, beliefs, metrics.roc_auc_score),
        columnwise('mean-columnwise-auc', uncounted, beliefs, metrics.roc_auc_score, ignore_value=-1),
        columnwise('mean-columnwise-rmsle', energies, expected, rmsle),
    ]


if __name__ == '__main__':
    print(json.dumps({'scikit_learn': sklearn.__version__, 'cases': record()}, indent=1, ensure_ascii=False))
