import type { Check } from '../sandbox';
import type { Engine } from './connect';

/** What an engine lacks of what sandboxes are made of. It is there, or there would be no `Engine`. */
export function engineChecks({ endpoint, info }: Engine): readonly Check[] {
  const controls = [
    { name: 'memory', there: info.MemoryLimit },
    { name: 'pids', there: info.PidsLimit },
    { name: 'cpu', there: info.CpuCfsQuota },
  ];
  const missing = controls.filter(({ there }) => !there).map(({ name }) => name);
  const seccomp = (info.SecurityOptions ?? []).some((option) => option.includes('seccomp'));
  return [
    {
      id: 'docker',
      ok: true,
      found: `engine ${info.ServerVersion} at ${endpoint.uri}, ${info.NCPU} cores, ${Math.round(info.MemTotal / 1024 ** 2)} MiB`,
      fix: null,
    },
    {
      id: 'docker-limits',
      ok: missing.length === 0,
      found:
        missing.length === 0
          ? `memory, pids and cpu limits (cgroup v${info.CgroupVersion})`
          : `no ${missing.join(', no ')} limit`,
      fix:
        missing.length === 0
          ? null
          : 'Give the engine these cgroup controllers (rootless engines need them delegated by systemd); without them a hostile program can starve this machine.',
    },
    {
      id: 'docker-seccomp',
      ok: seccomp,
      found: seccomp ? 'seccomp' : 'no seccomp',
      fix: seccomp
        ? null
        : 'Use a kernel and engine with seccomp; without it programs reach system calls that sandboxes refuse.',
    },
  ];
}
