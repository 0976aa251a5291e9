const commandAliases: Readonly<Record<string, string>> = {
  pass_at_k: 'pass-at-k',
  solve_and_test_problem: 'solve-problem',
  solve_and_evaluate_set: 'solve-set',
  solve_my_problem: 'solve-problem',
};

/** Options in snake_case and AlphaCodium's command names, as the contract accepts them, become the kebab-case ones. */
export function normalizeArgv(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return argv.map((arg, index) => {
    if (end >= 0 && index > end) return arg;
    const option = /^--([a-z][a-z0-9_]*)(=.*)?$/s.exec(arg);
    if (option?.[1] !== undefined) return `--${option[1].replaceAll('_', '-')}${option[2] ?? ''}`;
    return index < 2 ? (commandAliases[arg] ?? arg) : arg;
  });
}
