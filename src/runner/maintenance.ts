import { cleanUp } from './clean';
import type { Host } from './host';
import type { MaintenanceCalls } from './runner';
import { removeAbandonedFolders } from './store/tempFolders';
import { doctorChecks, everyProvider } from './sandbox/providers';

/** The facade's part that looks after the machine. */
export function openMaintenance(host: Host): MaintenanceCalls {
  return {
    async doctor({ signal }) {
      const checks = await doctorChecks(host, { signal });
      const sandbox = checks.some(
        (check) => check.ok && (check.id === 'docker' || check.id === 'bubblewrap'),
      );
      const git = checks.some((check) => check.ok && check.id === 'git');
      return { ok: sandbox && git, checks };
    },

    clean: (options) =>
      cleanUp(options, { host, providers: (signal) => everyProvider(host, { signal }) }),

    async reap({ signal }) {
      let removed = await removeAbandonedFolders(host);
      for (const provider of await everyProvider(host, { signal })) {
        await using own = provider;
        removed += (await own.reap({ signal })).removed.length;
      }
      return removed;
    },
  };
}
