import type { Engine } from '../engines/engine';
import { localEngine } from '../engines/local';
import type { Host } from '../host';
import type { EngineId } from '../model';

/** The engine of this name; a cluster's client is loaded by whoever needs it. */
export async function engineOf(id: EngineId, host: Host): Promise<Engine> {
  switch (id) {
    case 'local':
      return localEngine;
    case 'slurm': {
      const { createSlurmEngine } = await import('../engines/slurm');
      return createSlurmEngine(host);
    }
    case 'kubernetes': {
      const { createKubernetesEngine } = await import('../engines/kubernetes');
      return createKubernetesEngine(host);
    }
  }
}
