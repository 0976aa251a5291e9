/** Plain text on one line of a Markdown document: nothing in it is a mark, HTML, a link or an address that becomes one. */
export function inlineText(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_{}[\]<>|~#&$!]/g, '\\$&')
    .replace(/^(\d+)([.)])/, '$1\\$2')
    .replace(/^([+-])(?=\s|$)/, '\\$1')
    .replace(/^(=+|-+)$/, '\\$1')
    .replaceAll(/(?<=\bhttps?)(?=:\/\/)|(?<=\bwww)(?=\.)|(?<=\w)(?=@\w)/gi, '\u2060');
}

/** A block that shows a text as it is, whatever fences it holds itself. */
export function fenced(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
