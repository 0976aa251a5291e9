/** Rows in the shape of each dataset, all invented. */

const commit = '0123456789abcdef0123456789abcdef01234567';

const fix = `diff --git a/project/sum.py b/project/sum.py
--- a/project/sum.py
+++ b/project/sum.py
@@ -1,2 +1,2 @@
 def add(a, b):
-    return a - b
+    return a + b
`;

const bug = `diff --git a/project/sum.py b/project/sum.py
--- a/project/sum.py
+++ b/project/sum.py
@@ -1,2 +1,2 @@
 def add(a, b):
-    return a + b
+    return a - b
`;

/** SWE-bench of before version 5. */
export const sweRow = {
  repo: 'owner/project',
  instance_id: 'owner__project-12',
  base_commit: commit,
  patch: fix,
  test_patch: fix.replaceAll('project/sum.py', 'tests/test_sum.py'),
  problem_statement: 'add() subtracts.',
  hints_text: '',
  created_at: '2021-10-13T11:35:29Z',
  version: '1.2',
  FAIL_TO_PASS: '["tests/test_sum.py::test_add"]',
  PASS_TO_PASS: '["tests/test_sum.py::test_a", "tests/test_sum.py::test_b"]',
  environment_setup_commit: '67023b85c41d23d6c6d69812a41b207c4f8a9331',
};

export const smithRow = {
  instance_id: 'owner__project.1fd52536.lm_rewrite__abc',
  repo: 'swesmith/owner__project.1fd52536',
  base_commit: commit,
  patch: bug,
  FAIL_TO_PASS: ['tests/test_sum.py::test_add'],
  PASS_TO_PASS: ['tests/test_sum.py::test_a'],
  image_name: 'someone/swesmith.x86_64.owner_1776_project.1fd52536',
  problem_statement: 'add() subtracts.',
};

export const rebenchRow = {
  ...sweRow,
  instance_id: 'owner__project-7',
  FAIL_TO_PASS: ['tests/test_sum.py::test_add'],
  PASS_TO_PASS: [],
  docker_image: 'someone/sweb.eval.x86_64.owner_1776_project-7',
  install_config: {
    python: '3.9',
    install: 'pip install -e .',
    pip_packages: ['pytest'],
    test_cmd: 'pytest --no-header -rA',
    log_parser: 'parse_log_pytest',
  },
};

export const proRow = {
  instance_id: 'instance_owner__project-1',
  repo: 'owner/project',
  repo_language: 'python',
  base_commit: commit,
  patch: fix,
  test_patch: '',
  problem_statement: 'It breaks.',
  requirements: 'It must not.',
  interface: '',
  fail_to_pass: `["tests/test_a.py::test_it's", 'tests/test_a.py::test_"b"']`,
  pass_to_pass: "['tests/test_b.py::test_c']",
  before_repo_set_cmd: `git reset --hard ${commit}\ngit clean -fd\ngit checkout 0123abc -- tests/test_a.py\n`,
  selected_test_files_to_run: "['tests/test_a.py', 'tests/test_b.py']",
  dockerhub_tag: 'owner.project-1',
};

const ended = { run: 'PASS', test: 'FAIL', fix: 'PASS' };

export const multiRow = {
  org: 'owner',
  repo: 'Project',
  number: 42,
  state: 'closed',
  title: 'Mend it',
  body: 'Mends #41',
  base: { label: 'owner:main', ref: 'main', sha: commit },
  resolved_issues: [{ number: 41, title: 'It breaks', body: 'When I do this.' }],
  fix_patch: fix.replaceAll('sum.py', 'sum.js'),
  test_patch: '',
  f2p_tests: { 'a.spec': ended },
  s2p_tests: {},
  n2p_tests: { 'new.spec': ended },
  p2p_tests: { 'old.spec': ended },
};
