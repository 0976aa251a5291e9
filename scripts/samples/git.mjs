// git with nothing of the machine's in it: no configuration, hooks, templates, time zone or names of the user.
import { execFileSync } from 'node:child_process';

const isolated = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')),
);

/**
 * Runs git in `cwd` and returns what it prints.
 * @param {string} cwd
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} [env]
 */
export function git(cwd, args, env = {}) {
  return execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...isolated,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TEMPLATE_DIR: '',
      LC_ALL: 'C',
      TZ: 'UTC',
      ...env,
    },
  });
}
