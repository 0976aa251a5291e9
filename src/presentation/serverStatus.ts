import type { StatusText } from './statusBar';

/** What the status bar says while a server of this window answers, beside what it says of runs. */
export function withServer(runs: StatusText | null, url: string | null): StatusText | null {
  if (url === null) return runs;
  const port = portOf(url);
  const words = `server at ${url}`;
  return {
    text: `${runs?.text ?? '$(beaker)'} $(broadcast) ${port}`,
    tooltip: [runs?.tooltip ?? 'Benchyard', `Server: ${url}`].join('\n'),
    accessibleLabel: `${runs?.accessibleLabel ?? 'Benchyard'}, ${words}`,
  };
}

/** `8000` */
function portOf(url: string): string {
  return /:(\d+)\/?$/.exec(url)?.[1] ?? url;
}
