"""Members of a bicycle-sharing service that does not exist, and whether they renew their membership."""

from pathlib import Path

import numpy as np
import pandas as pd

MEMBERS = 6000
PLANS = ['monthly', 'quarterly', 'yearly']
DISTRICTS = ['harbour', 'old-town', 'hill', 'university', 'station', 'meadow', 'airport']
CHANNELS = ['poster', 'friend', 'search', 'employer']
RATINGS = ['poor', 'fair', 'good', 'excellent']


def generate(raw: Path, seed: int) -> None:
    random = np.random.Generator(np.random.PCG64(seed))
    members = _members(random)
    members['renewed'] = (random.random(MEMBERS) < _renewal(members)).astype(int)
    _lose_values(members, random)
    members.insert(0, 'id', [f'm{number:05d}' for number in random.permutation(MEMBERS)])
    members.to_csv(raw / 'members.csv', index=False)


def _members(random: np.random.Generator) -> pd.DataFrame:
    age = np.clip(random.normal(38, 12, MEMBERS), 18, 80).round()
    rides = np.round(random.gamma(2.0, 1.6, MEMBERS), 1)
    return pd.DataFrame(
        {
            'plan': random.choice(PLANS, MEMBERS, p=[0.5, 0.2, 0.3]),
            'district': random.choice(DISTRICTS, MEMBERS),
            'channel': random.choice(CHANNELS, MEMBERS, p=[0.2, 0.25, 0.45, 0.1]),
            'age': age,
            'rides_per_week': rides,
            'minutes_per_ride': np.round(random.lognormal(2.6, 0.5, MEMBERS), 1),
            'days_since_last_ride': np.round(random.exponential(4 + 24 / (1 + rides))),
            'support_tickets': random.poisson(0.7, MEMBERS),
            'discount': np.round(random.choice([0, 0.1, 0.2, 0.3], MEMBERS, p=[0.55, 0.2, 0.15, 0.1]), 1),
            'rating': random.choice(RATINGS, MEMBERS, p=[0.12, 0.23, 0.4, 0.25]),
        }
    )


def _renewal(members: pd.DataFrame) -> np.ndarray:
    """The probability: some of it is linear, some is not, some is in how two columns go together."""
    rides, idle = members['rides_per_week'], members['days_since_last_ride']
    rating = members['rating'].map(RATINGS.index)
    monthly = members['plan'] == 'monthly'
    score = (
        -0.7
        + 0.9 * np.log1p(rides)
        - 0.03 * idle
        + 0.45 * (rating - 1.5)
        + members['plan'].map({'monthly': -0.5, 'quarterly': 0.1, 'yearly': 0.7})
        + members['district'].map(dict(zip(DISTRICTS, [0.5, -0.2, -0.9, 0.6, 0.1, 0.0, -0.6])))
        # Tickets only annoy those who ride much.
        - 0.55 * members['support_tickets'] * (rides > 3)
        # The young and the old leave, those between stay.
        - 1.1 * np.abs(members['age'] - 42) / 20
        + 0.9 * np.where(monthly, 1, -1) * (members['channel'] == 'friend')
        + 1.4 * members['discount'] * np.where(members['minutes_per_ride'] > 15, 2, -1)
        + 0.7
    )
    return 1 / (1 + np.exp(-1.4 * score.to_numpy(dtype=float)))


def _lose_values(members: pd.DataFrame, random: np.random.Generator) -> None:
    """Ages by chance, ratings of those who ride seldom, minutes where the ride was long."""
    members.loc[random.random(MEMBERS) < 0.08, 'age'] = np.nan
    seldom = members['rides_per_week'] < 2
    members.loc[random.random(MEMBERS) < np.where(seldom, 0.35, 0.05), 'rating'] = None
    long_ride = members['minutes_per_ride'] > 25
    members.loc[random.random(MEMBERS) < np.where(long_ride, 0.3, 0.04), 'minutes_per_ride'] = np.nan
