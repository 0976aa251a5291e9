import type { Host } from '../../host';

/** The datasets' own images say in their names what they were made for. */
export function isForAmd64(name: string, host: Host): boolean {
  return host.arch === 'arm64' && /x86_64|amd64/.test(name);
}

/** What emulation costs, for people. */
export const emulationCost =
  'emulated by QEMU their programs take about 5 to 10 times as long (by Rosetta in Docker Desktop up to twice), so tests may reach their time limits';

export function emulatedNote(name: string, { arch }: Host): string {
  const ours = arch === 'x64' ? 'amd64' : arch;
  return `${name} was made for another processor than this ${ours} machine's: ${emulationCost}.`;
}

/** Said before a run whose images are all for linux/amd64; null where that is what the machine runs. */
export function emulationWarning(names: readonly string[], host: Host): string | null {
  const foreign = names.filter((name) => isForAmd64(name, host)).length;
  if (foreign === 0) return null;
  return `${foreign} of the images exist for linux/amd64 only and this machine is ${host.arch}: ${emulationCost}. Raise --timeout-test, or use environments that are built for this machine.`;
}
