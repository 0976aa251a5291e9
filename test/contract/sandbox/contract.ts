import { afterAll, beforeAll, describe } from 'vitest';
import type { Sandbox } from '../../../src/runner/sandbox/sandbox';
import { never, temporaryFolder, testHost } from '../../support/temp';
import { commandContract } from './commands';
import { connectionContract, connectionLifeContract } from './connections';
import { endingContract } from './ending';
import { fileContract } from './files';
import { hostileContract } from './hostile';
import { judgeProfileContract } from './judgeProfile';
import { mountContract } from './mounts';
import { lifeContract, snapshotContract } from './life';
import { processContract, processLifeContract } from './processes';
import type { ContractSubject, World } from './setup';
import { worldOf } from './setup';

/**
 * The promises of src/runner/sandbox/sandbox.ts as checks that every provider passes. What a provider cannot do it has
 * to have declared in its capabilities: the checks then assert the declaration and what follows from it.
 */
export function sandboxContract(subject: ContractSubject): void {
  describe(`sandbox contract: ${subject.name}`, () => {
    const resources: AsyncDisposable[] = [];
    let world: World | undefined;
    const inWorld = (): World => world!;

    beforeAll(async () => {
      const folder = await temporaryFolder();
      const host = testHost(folder.path);
      const provider = await subject.make(host);
      resources.push(folder, provider);
      const image = await provider.resolveImage(null, { signal: never, onProgress: console.log });
      world = worldOf(host, provider, image);
    });
    afterAll(async () => {
      for (const resource of resources.reverse()) await resource[Symbol.asyncDispose]();
    });

    describe('one sandbox', () => {
      let box: Sandbox | undefined;
      beforeAll(async () => {
        box = await inWorld().open();
      });
      afterAll(() => box?.[Symbol.asyncDispose]());
      commandContract(() => box!);
      endingContract(() => box!);
      fileContract(() => box!);
      connectionContract(() => box!);
      processContract(() => box!);
    });
    describe('connections and programs of a sandbox that ends', () => {
      connectionLifeContract(subject, inWorld);
      processLifeContract(subject, inWorld);
    });
    describe('life', () => {
      lifeContract(subject, inWorld);
    });
    describe('snapshots', () => {
      snapshotContract(inWorld);
    });
    describe('the profile judge', () => {
      judgeProfileContract(inWorld);
    });
    describe('mounts', () => {
      mountContract(inWorld);
    });
    hostileContract(inWorld);
  });
}
