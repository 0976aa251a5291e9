"""Looks at a folder of data and at the Python that solutions will have; prints one JSON line.

  {"python": "3.11.2", "packages": ["numpy 1.24.2", ...], "preview": "..."}

The preview is text for a model: the files, and of tables their columns. All of it is bounded, whatever the data is.
Usage: look_at_data.py FOLDER
"""
import csv
import json
import os
import platform
import sys

MOST_LINES = 60
LISTED_NAMES = 4
MOST_DEPTH = 3
MOST_SHOWN = 8
MOST_COLUMNS = 40
SCANNED_ROWS = 2000
COUNTED_BYTES = 512 * 1024 * 1024
LONGEST_CELL = 40
# Bytes of a text that is shown whole (what a task asks for may stand in it), and characters of the others.
WHOLE_TEXT = 6000
TEXT_HEAD = 600
# Characters of the whole preview, less the last part.
ENOUGH = 16000
TABLES = {'.csv': ',', '.tsv': '\t', '.tab': '\t'}
READABLE = {*TABLES, '.txt', '.md', '.json', '.jsonl', '.yaml', '.yml'}
PACKAGES = (
    'numpy pandas scipy scikit-learn polars pyarrow pillow opencv-python opencv-python-headless scikit-image imageio torch '
    'torchvision torchaudio tensorflow keras jax transformers timm xgboost lightgbm catboost statsmodels nltk spacy gensim '
    'librosa soundfile optuna imbalanced-learn numba joblib matplotlib'
).split()


def size_of(count):
    for unit in ('bytes', 'kB', 'MB', 'GB'):
        if count < 1000 or unit == 'GB':
            return '%d %s' % (count, unit) if unit == 'bytes' else '%.1f %s' % (count, unit)
        count /= 1000


def entries(folder):
    try:
        return sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return []


def totals(folder):
    count = size = 0
    for path, _, names in os.walk(folder):
        for name in names:
            count += 1
            try:
                size += os.lstat(os.path.join(path, name)).st_size
            except OSError:
                pass
    return count, size


def tree(folder, lines, readable, depth=0):
    """Files one by one while they are few; of many alike in a folder a few names and how many there are."""
    found = entries(folder)
    folders = [entry for entry in found if entry.is_dir(follow_symlinks=False)]
    files = [entry for entry in found if entry.is_file()]
    indent = '  ' * depth
    for entry in files:
        if os.path.splitext(entry.name)[1].lower() in READABLE:
            readable.append(entry.path)
    if len(files) > 12:
        names = ', '.join(entry.name for entry in files[:LISTED_NAMES])
        total = sum(entry.stat().st_size for entry in files)
        lines.append('%s%d files, %s: %s, …' % (indent, len(files), size_of(total), names))
    else:
        for entry in files:
            lines.append('%s%s (%s)' % (indent, entry.name, size_of(entry.stat().st_size)))
    for entry in folders[:LISTED_NAMES if len(folders) > 12 else 12]:
        if len(lines) >= MOST_LINES:
            break
        count, size = totals(entry.path)
        lines.append('%s%s/ (%d files, %s)' % (indent, entry.name, count, size_of(size)))
        if depth + 1 < MOST_DEPTH:
            tree(entry.path, lines, readable, depth + 1)
    if len(folders) > 12:
        lines.append('%s… %d folders in all' % (indent, len(folders)))


def shortened(text, most=LONGEST_CELL):
    line = ' '.join(text.split())
    return line if len(line) <= most else line[:most - 1] + '…'


def kind_of(values):
    """What a column holds, by its cells that are not empty."""
    if not values:
        return 'empty'
    try:
        numbers = [float(value) for value in values]
    except ValueError:
        return 'text'
    whole = all(number == number and abs(number) != float('inf') and number == int(number) for number in numbers)
    return 'integer' if whole and not any('.' in value for value in values) else 'number'


def column_line(name, cells):
    values = [cell for cell in cells if cell != '']
    kind = kind_of(values)
    facts = [kind]
    if len(values) < len(cells):
        facts.append('%.0f %% missing' % max(1, 100 * (1 - len(values) / len(cells))))
    different = len(set(values))
    facts.append('%d different' % different)
    if kind in ('integer', 'number'):
        numbers = sorted((float(value), value) for value in values)
        facts.append('%s to %s' % (numbers[0][1], numbers[-1][1]))
    examples = list(dict.fromkeys(shortened(value) for value in values))[:3]
    return '- %s: %s; such as %s' % (shortened(name), ', '.join(facts), ' | '.join(examples) or 'nothing')


def count_lines(path):
    """Lines of a file, and whether all of it was read."""
    lines = read = 0
    with open(path, 'rb') as file:
        while read < COUNTED_BYTES:
            chunk = file.read(1 << 20)
            if not chunk:
                return lines, True
            read += len(chunk)
            lines += chunk.count(b'\n')
    return lines, False


def table(path, title):
    delimiter = TABLES[os.path.splitext(path)[1].lower()]
    with open(path, encoding='utf-8', errors='replace', newline='') as file:
        head = file.readline()
        if delimiter == ',' and head.count(';') > head.count(','):
            delimiter = ';'
        file.seek(0)
        reader = csv.reader(file, delimiter=delimiter)
        header = next(reader, [])
        rows = []
        for row in reader:
            rows.append(row)
            if len(rows) >= SCANNED_ROWS:
                break
    if len(rows) < SCANNED_ROWS:
        count = str(len(rows))
    else:
        lines, whole = count_lines(path)
        count = 'about %d' % (lines - 1) if whole else 'more than %d' % lines
    scanned = '' if len(rows) < SCANNED_ROWS else ' (as the first %d rows have them)' % SCANNED_ROWS
    lines = ['%s: %s rows, %d columns%s' % (title, count, len(header), scanned)]
    for n, name in enumerate(header[:MOST_COLUMNS]):
        lines.append(column_line(name, [row[n] if n < len(row) else '' for row in rows]))
    if len(header) > MOST_COLUMNS:
        lines.append('- … and %d more columns' % (len(header) - MOST_COLUMNS))
    return '\n'.join(lines)


def text(path, title):
    with open(path, encoding='utf-8', errors='replace') as file:
        if os.path.getsize(path) <= WHOLE_TEXT:
            return '%s:\n%s' % (title, file.read().strip())
        return '%s begins with:\n%s' % (title, shortened(file.read(4 * TEXT_HEAD), TEXT_HEAD))


def is_table(path):
    return os.path.splitext(path)[1].lower() in TABLES


def order_of(path):
    """Short texts come first, then tables, then the others; those further up before those in folders."""
    kind = 1 if is_table(path) else 0 if os.path.getsize(path) <= WHOLE_TEXT else 2
    return path.count('/'), kind, path


def preview(folder):
    lines, readable = [], []
    tree(folder, lines, readable)
    if len(lines) > MOST_LINES:
        lines = lines[:MOST_LINES] + ['…']
    parts = ['\n'.join(lines) or 'There are no files.']
    for path in sorted(readable, key=order_of)[:MOST_SHOWN]:
        if sum(len(part) for part in parts) > ENOUGH:
            break
        title = os.path.relpath(path, folder)
        show = table if is_table(path) else text
        try:
            parts.append(show(path, title))
        except (OSError, ValueError, csv.Error) as error:
            parts.append('%s cannot be read: %s' % (title, error))
    return '\n\n'.join(parts)


def packages():
    from importlib import metadata

    found = []
    for name in PACKAGES:
        try:
            found.append('%s %s' % (name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            pass
    return found


def main():
    csv.field_size_limit(1 << 24)
    facts = {'python': platform.python_version(), 'packages': packages(), 'preview': preview(sys.argv[1])}
    print(json.dumps(facts))


if __name__ == '__main__':
    main()
