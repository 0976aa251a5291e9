import type Docker from 'dockerode';

async function namesOf(docker: Docker, registry: string): Promise<readonly string[]> {
  const images = await docker.listImages();
  return images
    .flatMap(({ RepoTags }) => RepoTags ?? [])
    .filter((name) => name.startsWith(`${registry}/`));
}

/** Bytes that all images of a registry take in the engine together: layers that they share count once. */
export async function diskUseOf(docker: Docker, registry: string): Promise<number> {
  const layers = new Map<string, number>();
  for (const name of await namesOf(docker, registry)) {
    try {
      const { RootFS } = await docker.getImage(name).inspect();
      const history = (await docker.getImage(name).history()) as { readonly Size: number }[]; // the types do not know it
      const sizes = history.map(({ Size }) => Size).reverse();
      RootFS.Layers?.forEach((layer, n) => layers.set(layer, sizes[n] ?? 0));
    } catch (error) {
      // Evicted while it was looked at.
      if (!(error instanceof Error && 'statusCode' in error && error.statusCode === 404))
        throw error;
    }
  }
  return [...layers.values()].reduce((sum, size) => sum + size, 0);
}

export async function removeImagesOf(docker: Docker, registry: string): Promise<void> {
  for (const name of await namesOf(docker, registry))
    await docker.getImage(name).remove({ force: true });
}
