import { expect } from 'vitest';
import type { Workbench } from './workbench';

/**
 * Reloads the window once it has kept a text for what it restores: it writes that within a few seconds, and one that is
 * gone earlier has nothing to come back with.
 */
export async function reloadWith(workbench: Workbench, text: string): Promise<void> {
  await expect.poll(() => isKept(workbench, text), { timeout: 60_000, interval: 200 }).toBe(true);
  await workbench.reload();
}

/** Whether the window has written a text into what it restores its tabs from. */
function isKept(workbench: Workbench, text: string): Promise<unknown> {
  // As text: it runs in the page, for which the tests are not compiled.
  return workbench.page.evaluate(`(async () => {
    const done = (request) => new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    for (const { name } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name));
      const stores = [...database.objectStoreNames];
      const values = stores.map((store) =>
        done(database.transaction(store).objectStore(store).getAll()),
      );
      const written = JSON.stringify(await Promise.all(values)).replaceAll('\\\\', '');
      const kept = written.includes(${JSON.stringify(text)});
      database.close();
      if (kept) return true;
    }
    return false;
  })()`);
}
