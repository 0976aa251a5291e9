"""Makes the leaderboards of the demonstration competitions: 120 teams that are made up, by a seed.

    python3 test/support/mle/demo_leaderboards.py

Where the medals are is chosen by hand, between the scores of models that demo_baselines.py trains; a test holds the one
against the other.
"""

from pathlib import Path

import numpy as np

COMPETITIONS = Path(__file__).parents[3] / 'competitions'
TEAMS = 120
# The places of the medals among so many teams, and the two in the middle.
PLACES = [1, 10, 24, 48, 60, 61, TEAMS]
# best, gold, silver, bronze, median twice, last; and the smallest step between two scores.
SCORES = {
    'demo-tabular': ([0.83, 0.802, 0.785, 0.755, 0.715, 0.715, 0.49], 1e-5),
    'demo-text': ([0.43, 0.448, 0.48, 0.545, 0.66, 0.66, 1.35], 1e-5),
    'demo-images': ([1.0, 0.95, 0.78, 0.725, 0.62, 0.62, 0.2], 1 / 400),
}


def leaderboard(scores: list[float], step: float, random: np.random.Generator) -> np.ndarray:
    """Scores between those that are given, each a little off the straight line, the best first."""
    places = np.arange(1, TEAMS + 1)
    # How far along its stretch a team is; uneven, and never past the next one.
    moved = places + np.where(np.isin(places, PLACES), 0, random.uniform(-0.45, 0.45, TEAMS))
    between = np.interp(moved, PLACES, scores)
    rounded = np.round(between / step) * step
    fixed = np.isin(places, PLACES)
    rounded[fixed] = np.interp(places[fixed], PLACES, scores)
    return np.round(rounded, 5)


def main() -> None:
    for name, (scores, step) in SCORES.items():
        board = leaderboard(scores, step, np.random.Generator(np.random.PCG64(0)))
        lines = ['score', *(f'{score:g}' if step > 1e-4 else f'{score:.5f}' for score in board)]
        (COMPETITIONS / name / 'leaderboard.csv').write_text('\n'.join(lines) + '\n')


if __name__ == '__main__':
    main()
