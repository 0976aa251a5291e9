import { makeDataset } from './datasets/etl/makeDataset';
import type { HubDatasets } from './datasets/hub/hubDatasets';
import { SavedDatasets } from './datasets/saved/savedDatasets';
import type { Host } from './host';
import type { DatasetCalls, DatasetManifest } from './runner';

/** The part of the facade that makes and lists saved datasets. */
export function openDatasets(host: Host, hub: HubDatasets): DatasetCalls {
  const saved = new SavedDatasets(host);
  return {
    makeDataset: (query, options) => makeDataset(query, { ...options, host, hub, saved }),

    async listDatasets(options) {
      const manifests: DatasetManifest[] = [];
      for (const name of await saved.names()) {
        const { manifest } = await saved.open(name, options);
        manifests.push(manifest);
      }
      return manifests;
    },

    readDataset: async (name, options) => (await saved.open(name, options)).manifest,
  };
}
