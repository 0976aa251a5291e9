import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { RunnerError } from '../../runner/model';
import type { CleanedItem } from '../../runner/index';
import { formatBytes, plural } from '../../presentation/format';
import type { CliContext, ExitStatus } from '../context';
import { exitStatus, printJson } from '../context';
import { plainTable } from '../summary';

interface CleanFlags {
  readonly images?: true;
  readonly snapshots?: true;
  readonly containers?: true;
  readonly cache?: true;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
}

export function addCleanCommand(
  program: Command,
  context: CliContext,
  done: (status: ExitStatus) => void,
): void {
  program
    .command('clean')
    .description('remove what Benchyard keeps: by default only what dead processes left')
    .option('--images', 'images that Benchyard built')
    .option('--snapshots', 'prepared environments')
    .option('--containers', 'sandboxes that no living process uses')
    .option('--cache', 'mirrors and checkouts of repositories, datasets')
    .option('--dry-run', 'only list what would be removed')
    .option('--yes', 'do not ask')
    .option('--json', 'print one JSON document')
    .action(async (flags: CleanFlags) => {
      done(await clean(context, flags));
    });
}

async function clean(context: CliContext, flags: CleanFlags): Promise<ExitStatus> {
  const runner = await context.runner();
  const what = {
    images: flags.images === true,
    snapshots: flags.snapshots === true,
    containers: flags.containers === true,
    cache: flags.cache === true,
    signal: context.signal,
  };
  let items = await runner.clean({ ...what, dryRun: true });
  const goOn =
    flags.dryRun !== true &&
    items.length > 0 &&
    (flags.yes === true || (await agreed(context, items)));
  if (goOn) items = await runner.clean({ ...what, dryRun: false });
  if (flags.json === true) printJson(context, { items, totals: totalsOf(items) });
  else context.out(describe(items));
  return exitStatus.done;
}

async function agreed(context: CliContext, items: readonly CleanedItem[]): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new RunnerError(
      'invalid-config',
      'Nothing was removed: say --yes, or --dry-run to look first.',
    );
  context.say(describe(items));
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test(
      (await terminal.question('Remove these? [y/N] ', { signal: context.signal })).trim(),
    );
  } finally {
    terminal.close();
  }
}

function describe(items: readonly CleanedItem[]): string {
  if (items.length === 0) return 'Nothing to remove.\n';
  const table = plainTable(['kind', 'size', 'removed', 'name']);
  for (const { kind, id, bytes, removed } of items)
    table.push([kind, formatBytes(bytes), removed ? 'yes' : 'no', id]);
  const { bytes, removed_bytes: removed, kinds } = totalsOf(items);
  const each = Object.entries(kinds).map(
    ([kind, total]) => `${total.items} ${kind} (${formatBytes(total.bytes)})`,
  );
  const gone = removed === 0 ? '' : `, ${formatBytes(removed)} removed`;
  return `${table.toString()}\n${plural(items.length, 'item')}, ${formatBytes(bytes)}${gone}: ${each.join(', ')}\n`;
}

/** What items come to, in all and by kind. Layers that images share count with each of them. */
function totalsOf(items: readonly CleanedItem[]): {
  readonly items: number;
  readonly bytes: number;
  readonly removed_bytes: number;
  readonly kinds: Readonly<Record<string, { readonly items: number; readonly bytes: number }>>;
} {
  const kinds: Record<string, { items: number; bytes: number }> = {};
  for (const { kind, bytes } of items) {
    const total = (kinds[kind] ??= { items: 0, bytes: 0 });
    total.items += 1;
    total.bytes += bytes;
  }
  const sum = (some: readonly CleanedItem[]): number =>
    some.reduce((total, item) => total + item.bytes, 0);
  return {
    items: items.length,
    bytes: sum(items),
    removed_bytes: sum(items.filter(({ removed }) => removed)),
    kinds,
  };
}
