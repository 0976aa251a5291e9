/** The bytes of an archive as it is made; its types do not tell that it has nothing else. */
export async function* chunksOf(archive: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const chunk of archive) {
    if (chunk instanceof Uint8Array) yield chunk;
  }
}
