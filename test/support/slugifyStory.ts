import type { ToldStep, Tree } from './trajectories';
import { ran, said, usage } from './trajectories';

const slugify = `import re


def slugify(text: str) -> str:
    """Make a text fit for an address: lower case, words joined by hyphens."""
    text = text.lower()
    text = re.sub(r"[^a-z0-9]+", "-", text)
    return text
`;
const firstTry = slugify
  .replace('import re\n', 'import re\nimport unicodedata\n')
  .replace(
    '    text = text.lower()\n',
    '    text = unicodedata.normalize("NFKD", text)\n    text = text.lower()\n',
  );
const secondTry = firstTry.replace('    return text\n', '    return text.strip("-")\n');
const newTest = `from textkit.slugify import slugify


def test_accents():
    assert slugify("Crème brûlée") == "creme-brulee"
`;
const done = secondTry.replace(
  'unicodedata.normalize("NFKD", text)\n',
  'unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()\n',
);

export const slugifyBase: Tree = {
  'textkit/slugify.py': slugify,
  'tests/test_slugify.py': 'from textkit.slugify import slugify\n',
};
const trees = {
  first: { ...slugifyBase, 'textkit/slugify.py': firstTry },
  tested: { ...slugifyBase, 'textkit/slugify.py': firstTry, 'tests/test_accents.py': newTest },
  second: { ...slugifyBase, 'textkit/slugify.py': secondTry, 'tests/test_accents.py': newTest },
  done: { ...slugifyBase, 'textkit/slugify.py': done, 'tests/test_accents.py': newTest },
} as const;

const system = `You are a software engineer who works in a repository through tools.

Your limits: 60 turns, 10 minutes. The tests of the task are run once you submit; until then you can run those of the
repository yourself.`;
const statement = `slugify() drops accented letters instead of writing them without their accents.

\`\`\`python
>>> slugify("Crème brûlée")
'cr-me-br-l-e-'
\`\`\`

It should be \`creme-brulee\`, without a hyphen at either end.`;

const listing = `textkit/
  __init__.py
  slugify.py
  wrap.py
tests/
  test_slugify.py`;

const numbered = slugify
  .split('\n')
  .map((line, index) => `${String(index + 1).padStart(4)}  ${line}`)
  .join('\n');

const failing = `============================= test session starts ==============================
collected 4 items

tests/test_accents.py F                                                  [ 25%]
tests/test_slugify.py ...                                                [100%]

=================================== FAILURES ===================================
_________________________________ test_accents _________________________________

    def test_accents():
>       assert slugify("Crème brûlée") == "creme-brulee"
E       AssertionError: assert 'cre-me-bru-le-e' == 'creme-brulee'
E         - creme-brulee
E         + cre-me-bru-le-e
========================= 1 failed, 3 passed in 0.05s ==========================`;
const passing = `============================= test session starts ==============================
collected 4 items

tests/test_accents.py .                                                  [ 25%]
tests/test_slugify.py ...                                                [100%]

============================== 4 passed in 0.03s ===============================`;

const replace = (old_string: string, new_string: string): unknown => ({
  path: 'textkit/slugify.py',
  old_string,
  new_string,
});

/** An agent that mends a function, with a detour: every kind of step is in it. */
export const slugifyStory: readonly ToldStep[] = [
  { step: { kind: 'message', role: 'system', content: system } },
  { step: { kind: 'message', role: 'user', content: statement } },
  {
    step: said('I will look at the code first.', ['list_files'], {
      reasoning:
        'The report names slugify(). The pattern [^a-z0-9]+ takes every accented letter for a separator.\nDecomposing the text first would split a letter from its accent, which can then be dropped.',
      usage: usage({ reasoning_tokens: 96 }),
    }),
  },
  { step: ran('list_files', { path: '.' }, { output: listing }) },
  { step: said('', ['read_file'], { duration_s: 1.1 }) },
  { step: ran('read_file', { path: 'textkit/slugify.py' }, { output: numbered }) },
  {
    step: said(
      'The accented letters have to be decomposed before everything that is no letter is replaced. `unicodedata` does that.',
      ['edit'],
    ),
  },
  {
    step: ran(
      'edit',
      replace('    text = text.lower()', '    text = unicodedata.normalise("NFKD", text)'),
      { ok: false, output: 'old_string occurs 2 times in textkit/slugify.py: make it longer.' },
    ),
  },
  { step: said('I will name more of the lines.', ['edit'], { duration_s: 0.9 }) },
  {
    step: ran(
      'edit',
      replace(
        '    text = text.lower()\n    text = re.sub',
        '    text = unicodedata.normalize("NFKD", text)\n    text = text.lower()\n    text = re.sub',
      ),
      { output: 'Replaced 1 occurrence in textkit/slugify.py.' },
    ),
    tree: trees.first,
  },
  { step: said('Now a test that shows it.', ['shell']) },
  {
    step: ran(
      'shell',
      { command: `cat > tests/test_accents.py <<'EOF'\n${newTest}EOF\npython -m pytest -q` },
      { ok: false, output: failing },
    ),
    tree: trees.tested,
  },
  {
    step: said(
      'The accents are characters of their own now, and become hyphens. Two things are missing:\n\n1. drop what is not ASCII after decomposing;\n2. strip hyphens at the ends.',
      ['edit', 'edit'],
      { usage: usage({ prompt_tokens: 5210, cost: null }) },
    ),
  },
  {
    step: ran('edit', replace('    return text\n', '    return text.strip("-")\n'), {
      output: 'Replaced 1 occurrence in textkit/slugify.py.',
    }),
    tree: trees.second,
  },
  {
    step: ran(
      'edit',
      replace(
        'unicodedata.normalize("NFKD", text)\n',
        'unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()\n',
      ),
      { output: 'Replaced 1 occurrence in textkit/slugify.py.' },
    ),
    tree: trees.done,
  },
  { step: said('', ['swe_pytest'], { duration_s: 0.8 }) },
  { step: ran('swe_pytest', { pytest_k: 'slugify or accents' }, { output: passing }) },
  {
    step: ran(
      'shell',
      { command: 'git log --stat' },
      {
        output: 'commit 0123456\n[… 80000 characters left out …]\n1 file changed',
        whole: 'commit 0123456\n'.repeat(6000),
      },
    ),
  },
  { step: said('All tests pass. The change is small and covers the report.', ['submit']) },
  { step: ran('submit', {}, { output: 'Submitted.' }) },
  { step: { kind: 'end', exit_status: 'submitted', detail: null } },
];
