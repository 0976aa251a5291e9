/** What a click opens may take a moment to gather: what was clicked later stays in front of it. */
export class Openings {
  #last = 0;

  /** @returns tells whether nothing was clicked since */
  begin(): () => boolean {
    const own = ++this.#last;
    return () => own === this.#last;
  }
}
