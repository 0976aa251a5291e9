"""Small noisy pictures of four shapes."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

SHAPES = ['circle', 'square', 'triangle', 'cross']
PICTURES = 1600
SIZE = 24


def generate(raw: Path, seed: int) -> None:
    random = np.random.Generator(np.random.PCG64(seed))
    shapes = random.choice(SHAPES, PICTURES)
    names = [f'p{number:05d}' for number in random.permutation(PICTURES)]
    with zipfile.ZipFile(raw / 'pictures.zip', 'w') as archive:
        for name, shape in zip(names, shapes):
            png = io.BytesIO()
            Image.fromarray(_picture(shape, random)).save(png, 'PNG')
            archive.writestr(f'pictures/{name}.png', png.getvalue())
    pd.DataFrame({'id': names, 'shape': shapes}).to_csv(raw / 'shapes.csv', index=False)


def _picture(shape: str, random: np.random.Generator) -> np.ndarray:
    """Grey values of a shape that is moved, turned, filled or not, and lighter than what is behind it."""
    radius = random.uniform(6.0, 9.0)
    x0, y0 = (SIZE - 1) / 2 + random.uniform(-2, 2, 2)
    turn = random.uniform(-0.5, 0.5)
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    u = ((x - x0) * np.cos(turn) + (y - y0) * np.sin(turn)) / radius
    v = (-(x - x0) * np.sin(turn) + (y - y0) * np.cos(turn)) / radius
    distance = _outline(shape, u, v)
    inside = (distance < 0) & ((distance > -0.35) | (random.random() < 0.7))
    background, contrast = random.uniform(40, 150), random.uniform(30, 80)
    values = background + contrast * inside + random.normal(0, 20, (SIZE, SIZE))
    return np.clip(values, 0, 255).astype(np.uint8)


def _outline(shape: str, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Below 0 inside of a shape of radius 1, above outside."""
    if shape == 'circle':
        return np.hypot(u, v) - 0.9
    if shape == 'square':
        return np.maximum(np.abs(u), np.abs(v)) - 0.78
    if shape == 'triangle':
        return np.maximum(np.abs(u) * 0.87 + v * 0.5, -v) - 0.55
    arms = np.minimum(np.maximum(np.abs(u) - 0.3, np.abs(v) - 1), np.maximum(np.abs(v) - 0.3, np.abs(u) - 1))
    return arms
