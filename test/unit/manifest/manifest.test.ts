import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { describe, expect, it } from 'vitest';
import { toRunConfig } from '../../../src/presentation/runSettings';
import { runConfigJsonSchema, runConfigSchema } from '../../../src/runner/model';

const root = path.resolve(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const command = z.object({
  command: z.string(),
  title: z.string(),
  category: z.string(),
  icon: z.string().optional(),
  enablement: z.string().optional(),
});
const menuItem = z.object({ command: z.string(), when: z.string(), group: z.string().optional() });
const property = z.looseObject({
  default: z.unknown(),
  order: z.int(),
  scope: z.string(),
  markdownDescription: z.string(),
});
const manifestSchema = z.looseObject({
  icon: z.string(),
  activationEvents: z.array(z.string()),
  extensionKind: z.array(z.string()),
  engines: z.object({ vscode: z.string(), node: z.string() }),
  devDependencies: z.record(z.string(), z.string()),
  capabilities: z.object({
    untrustedWorkspaces: z.object({
      supported: z.literal('limited'),
      description: z.string(),
      restrictedConfigurations: z.array(z.string()),
    }),
    virtualWorkspaces: z.object({ supported: z.boolean(), description: z.string() }),
  }),
  contributes: z.object({
    commands: z.array(command),
    menus: z.record(z.string(), z.array(menuItem)),
    keybindings: z.array(z.object({ command: z.string(), when: z.string() }).loose()),
    viewsContainers: z.object({ activitybar: z.array(z.object({ icon: z.string() }).loose()) }),
    views: z.object({ benchyard: z.array(z.object({ id: z.string(), name: z.string() }).loose()) }),
    viewsWelcome: z.array(z.object({ view: z.string(), when: z.string(), contents: z.string() })),
    configuration: z.array(
      z
        .object({ id: z.string(), order: z.int(), properties: z.record(z.string(), property) })
        .loose(),
    ),
    walkthroughs: z.array(
      z
        .object({
          steps: z.array(
            z.object({
              id: z.string(),
              title: z.string(),
              description: z.string(),
              media: z.object({ svg: z.string(), altText: z.string() }),
              completionEvents: z.array(z.string()).min(1),
            }),
          ),
        })
        .loose(),
    ),
    jsonValidation: z.array(z.object({ fileMatch: z.array(z.string()), url: z.string() })),
  }),
});
const packageJson: unknown = JSON.parse(read('package.json'));
const manifest = manifestSchema.parse(packageJson);
const { contributes } = manifest;
const texts = z.record(z.string(), z.string()).parse(JSON.parse(read('package.nls.json')));
const text = (reference: string): string => texts[/^%(.+)%$/.exec(reference)?.[1] ?? ''] ?? '';
const properties = Object.assign(
  {},
  ...contributes.configuration.map((group) => group.properties),
) as Record<string, z.infer<typeof property>>;

/** Keys of a type that is written out in a source file which only runs inside VS Code. */
function keysIn(file: string, type: string): readonly string[] {
  const source = read(file);
  const body = source.slice(source.indexOf(`interface ${type} {`));
  const keys = body.slice(0, body.indexOf('\n}')).matchAll(/^ {2}'(benchyard\.[\w.]+)':/gm);
  return [...keys].map((match) => match[1] ?? '');
}

function all(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(all) : [];
}

const commandIds = contributes.commands.map((entry) => entry.command);
const viewIds = contributes.views.benchyard.map((view) => view.id);
const menuItems = Object.values(contributes.menus).flat();

describe('commands', () => {
  it('are those of the contract', () => {
    const contract = keysIn('src/commands/contract.ts', 'CommandContract');
    expect(contract.length).toBeGreaterThan(30);
    expect([...commandIds].sort()).toEqual([...contract].sort());
  });

  it('have a category and a title in Title Case, verb first', () => {
    for (const { command: id, category, title } of contributes.commands) {
      expect(category, id).toBe('Benchyard');
      expect(text(title), id).toMatch(
        /^[A-Z][a-z]+( (in|on|to|from|with|by|of|at|a|the)| [A-Z][\w']*)*…?$/,
      );
    }
  });

  it('that start something are off in a workspace without trust', () => {
    const starting =
      /\.(run\.(start|resume|retryInfra)|task\.run|task\.runWithAgent|task\.runCandidate|candidate\.run\w*|task\.openInDevContainer|tasks\.(run\w+|createFromCommit|validate|addDataset)|competition\.\w+|server\.start|trial\.(rerun|applyPatch|openSandboxTerminal)|trajectory\.restoreSandbox)$/;
    for (const { command: id, enablement } of contributes.commands) {
      expect([id, enablement]).toEqual([
        id,
        starting.test(id) ? 'isWorkspaceTrusted && !virtualWorkspace' : undefined,
      ]);
    }
  });

  it('are named rightly by menus, keys, links and walkthrough events', () => {
    const used = [...menuItems, ...contributes.keybindings].map((item) => item.command);
    const links = all([contributes.viewsWelcome, contributes.walkthroughs])
      .map((reference) => text(reference) || reference)
      .flatMap((words) => [...words.matchAll(/(?:command:|onCommand:)(benchyard[\w.]+)/g)])
      .map((match) => match[1] ?? '');
    expect(links.length).toBeGreaterThan(5);
    expect([...used, ...links].filter((id) => !commandIds.includes(id))).toEqual([]);
  });

  it('that a menu shows as an icon have one', () => {
    const shown = menuItems.filter((item) => /^(inline|navigation)/.test(item.group ?? ''));
    const withoutIcon = shown.filter(
      (item) =>
        contributes.commands.find((entry) => entry.command === item.command)?.icon === undefined,
    );
    expect(shown.length).toBeGreaterThan(8);
    expect(withoutIcon).toEqual([]);
  });
});

describe('menus', () => {
  it('use known context keys, views and flags only', () => {
    const ownKeys = keysIn('src/views/contextKeys.ts', 'ContextKeys');
    const known = [
      ...ownKeys,
      'view',
      'viewItem',
      'isWorkspaceTrusted',
      'virtualWorkspace',
      'focusedView',
      'activeWebviewPanelId',
      'webviewId',
      'webviewSection',
      'resourceScheme',
      'resourceLangId',
      'resourceExtname',
      'resourceFilename',
      'isInDiffRightEditor',
      'inputFocus',
      'false',
    ];
    const whens = [...menuItems, ...contributes.keybindings, ...contributes.viewsWelcome].map(
      (item) => item.when,
    );
    for (const when of whens) {
      for (const part of when.split(' && ')) {
        const [, key = '', value] = /^!?([\w.]+)(?: (?:==|!=|=~) (.+))?$/.exec(part) ?? [];
        expect(known, when).toContain(key);
        if (key === 'view' || key === 'focusedView') expect(viewIds, when).toContain(value);
        if (key === 'viewItem')
          expect(() => new RegExp(value?.slice(1, -1) ?? '('), when).not.toThrow();
      }
    }
  });

  it('name flags that the trees set', () => {
    const sources =
      ['runTree.ts', 'trialLabels.ts', 'competitionRow.ts']
        .map((file) => read(`src/presentation/${file}`))
        .join('\n') +
      read('src/views/tasksView.ts') +
      read('src/views/runsView.ts');
    const flags = menuItems
      .flatMap((item) => [...item.when.matchAll(/\\b\(?([\w|]+)\)?\\b/g)])
      .flatMap((match) => (match[1] ?? '').split('|'));
    expect(flags.length).toBeGreaterThan(20);
    // The classes of a trial's end are flags too; they come from the model.
    const unset = [...new Set(flags)].filter(
      (flag) => !new RegExp(`['\` ]${flag}['\` ]`).test(sources),
    );
    expect(unset).toEqual([]);
  });

  it('show at most three icons in a title and two in a row', () => {
    const perState = (
      menu: string,
      group: RegExp,
      states: readonly ((when: string) => boolean)[],
    ): number[] =>
      states.map(
        (state) =>
          (contributes.menus[menu] ?? []).filter(
            (item) => group.test(item.group ?? '') && state(item.when),
          ).length,
      );
    const titles = viewIds.flatMap((view) =>
      [true, false].map(
        (filtered) => (when: string) =>
          when.includes(`view == ${view}`) &&
          !when.includes(filtered ? '!benchyard.tasksFiltered' : '&& benchyard.tasksFiltered'),
      ),
    );
    expect(Math.max(...perState('view/title', /^navigation/, titles))).toBeLessThanOrEqual(3);
    const rows = [
      'task runnable hasSource',
      'group runnable',
      'group competition runnable',
      'group competition runnable preparable',
      'group competition preparable unprepared',
      'task runnable competition',
      'task runnable technique',
      'run running cancellable',
      'run ended resumable',
      'run unread',
      'trial running cancellable',
      'trial ended resolved hasPatch hasTests hasSandbox',
      'trial ended resolved hasPatch hasTests hasTrajectory',
      'trial ended unresolved hasLeaderboard hasSubmission hasTests',
      'trial ended resolved hasLeaderboard hasSubmission hasTests hasTrajectory',
      'trial ended unresolved hasLeaderboard hasTests hasTrajectory',
      'trial ended resolved hasTests',
      'solution hasParent',
    ];
    const fits =
      (row: string) =>
      (when: string): boolean =>
        when.includes(/^(task|group)/.test(row) ? 'benchyard.tasks' : 'benchyard.runs') &&
        [...when.matchAll(/viewItem =~ \/(.+?)\//g)].every((match) =>
          new RegExp(match[1] ?? '').test(row),
        );
    const counts = perState('view/item/context', /^inline/, rows.map(fits));
    expect(counts.every((count) => count >= 1 && count <= 2)).toBe(true);
  });

  it('bind two keys at most, each with a condition', () => {
    expect(contributes.keybindings.length).toBeLessThanOrEqual(2);
    for (const { when } of contributes.keybindings)
      expect(when).toContain('focusedView == benchyard.');
  });
});

describe('texts', () => {
  it('exist for every reference, and none is left over', () => {
    const references = all(packageJson)
      .map((value) => /^%(.+)%$/.exec(value)?.[1])
      .filter((key) => key !== undefined);
    expect(references.filter((key) => texts[key] === undefined)).toEqual([]);
    expect(Object.keys(texts).filter((key) => !references.includes(key))).toEqual([]);
  });

  it("of views are at most two words, without the product's name", () => {
    for (const { name } of contributes.views.benchyard)
      expect(text(name)).toMatch(/^(?!Benchyard)\w+( \w+)?$/);
  });

  it('of welcome views have one button, and each view has one', () => {
    for (const { contents } of contributes.viewsWelcome) {
      expect(text(contents).match(/\]\(command:/g)).toHaveLength(1);
    }
    expect(new Set(contributes.viewsWelcome.map((welcome) => welcome.view))).toEqual(
      new Set(viewIds),
    );
  });
});

describe('settings', () => {
  it("are described in one sentence or few, ordered, scoped, and have the core's defaults", () => {
    for (const [name, setting] of Object.entries(properties)) {
      expect(text(setting.markdownDescription), name).toMatch(/\.$/);
      expect(setting.default, name).not.toBeUndefined();
      expect(['window', 'machine', 'machine-overridable', 'application'], name).toContain(
        setting.scope,
      );
    }
    const value = (name: string): never => properties[`benchyard.${name}`]!.default as never;
    const config = toRunConfig(
      {
        agent: value('agent'),
        attempts: value('attempts'),
        concurrency: value('concurrency'),
        sandbox: value('sandbox'),
        image: value('image'),
        imageMirror: value('imageMirror'),
        imageBudget: value('imageBudget'),
        keepSandbox: value('keepSandbox'),
        runsFolder: value('runsFolder'),
        model: value('model'),
        modelBaseUrl: value('modelBaseUrl'),
        maxCost: value('maxCost'),
        modelPrices: value('modelPrices'),
        competitions: { folders: value('competitionFolders'), data: value('competitionData') },
        timeouts: {
          clone: value('timeouts.clone'),
          install: value('timeouts.install'),
          apply: value('timeouts.apply'),
          test: value('timeouts.test'),
          total: value('timeouts.total'),
          agent: value('timeouts.agent'),
        },
        patchLimits: {
          maxBytes: value('patchLimits.maxBytes'),
          maxFiles: value('patchLimits.maxFiles'),
          maxHunks: value('patchLimits.maxHunks'),
        },
      },
      {},
    );
    expect(runConfigSchema.parse(config)).toEqual(runConfigSchema.parse({}));
  });

  it('that steer execution cannot be set by a workspace that is not trusted', () => {
    const free = ['benchyard.taskFiles', 'benchyard.notifyWhenRunEnds'];
    const steering = Object.keys(properties).filter((name) => !free.includes(name));
    expect(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations).toEqual(steering);
    expect(properties['benchyard.dockerHost']?.scope).toBe('machine');
    // A key is sent there.
    expect(properties['benchyard.modelBaseUrl']?.scope).toBe('machine');
    expect(properties['benchyard.sandbox']?.scope).toBe('machine');
    expect(properties['benchyard.image']?.scope).toBe('machine');
    expect(properties['benchyard.imageMirror']?.scope).toBe('machine');
    expect(properties['benchyard.serverPort']?.scope).toBe('machine');
  });

  it('are few at first sight: at most 15 before the group Advanced, which is the last', () => {
    const groups = [...contributes.configuration].sort((a, b) => a.order - b.order);
    expect(groups.at(-1)?.id).toBe('advanced');
    const first = groups.slice(0, -1).flatMap((group) => Object.keys(group.properties));
    expect(first.length).toBeLessThanOrEqual(15);
  });

  it('are those that the code reads', () => {
    const code = [...read('src/views/config.ts').matchAll(/#get\(\s*'([\w.]+)'/g)].map(
      (match) => `benchyard.${match[1] ?? ''}`,
    );
    expect(code.sort()).toEqual(Object.keys(properties).sort());
  });
});

describe('files', () => {
  it('that the manifest names are there', () => {
    const named = all(packageJson).filter((value) => /^(\.\/)?media\//.test(value));
    expect(named.length).toBeGreaterThan(7);
    expect(named.filter((file) => !existsSync(path.join(root, file)))).toEqual([]);
  });

  it('include a bitmap icon of 256 × 256', () => {
    const png = readFileSync(path.join(root, manifest.icon));
    expect([png.toString('latin1', 1, 4), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([
      'PNG',
      256,
      256,
    ]);
  });

  it("draw the walkthrough in the theme's colours", () => {
    for (const step of contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps)) {
      expect(read(step.media.svg), step.id).toContain('var(--vscode-foreground');
    }
  });

  it('include the schema of the config file as the code has it', () => {
    const [validation] = contributes.jsonValidation;
    expect(validation?.fileMatch).toEqual(['benchyard.config.json', '*.benchyard.json']);
    const schema: unknown = JSON.parse(read(validation?.url ?? ''));
    expect(schema, 'run scripts/generateSchema.mjs').toEqual({
      title: 'Benchyard run config',
      ...z.record(z.string(), z.unknown()).parse(runConfigJsonSchema()),
    });
  });
});

it('activates on its views, commands and documents alone, where the workspace is', () => {
  // Documents: a tab that the editor restored asks for its content before any view is shown.
  for (const event of manifest.activationEvents)
    expect(event).toMatch(/^on(FileSystem|WebviewPanel):benchyard/);
  expect(manifest.extensionKind).toEqual(['workspace']);
  expect(contributes.walkthroughs.map((walkthrough) => walkthrough.steps.length)).toEqual([5]);
});

it('asks for no newer editor than its types describe', () => {
  const minor = (version: string | undefined): string | undefined =>
    /(\d+\.\d+)\./.exec(version ?? '')?.[1];
  expect(minor(manifest.devDependencies['@types/vscode'])).toBe(minor(manifest.engines.vscode));
});
