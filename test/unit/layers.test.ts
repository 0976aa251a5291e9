import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../../src');

/** Every TypeScript file of the product, relative to src. */
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(path.sep).join('/'))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'));

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Relative to src, for imports of our own files. */
  readonly target: string | null;
  readonly typeOnly: boolean;
  readonly lazy: boolean;
}

const imports: readonly Import[] = files.flatMap((from) => {
  const text = readFileSync(path.join(root, from), 'utf8');
  const statements = text.matchAll(
    /(?:^|\n)(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|(import)\('([^']+)'\)/g,
  );
  return [...statements].map(([, type, fixed, dynamic, lazy]) => {
    const specifier = fixed ?? lazy ?? '';
    return {
      from,
      specifier,
      target: specifier.startsWith('.') ? resolve(from, specifier) : null,
      typeOnly: type !== undefined,
      lazy: dynamic !== undefined,
    };
  });
});

function resolve(from: string, specifier: string): string | null {
  const target = path.posix.join(path.posix.dirname(from), specifier);
  return [`${target}.ts`, `${target}/index.ts`].find((file) => files.includes(file)) ?? null;
}

const layerOf = (file: string): string =>
  file.startsWith('runner/model/') ? 'runner/model' : (/^(\w+)\//.exec(file)?.[1] ?? 'root');

const mayReach: Readonly<Record<string, readonly string[]>> = {
  'runner/model': ['runner/model'],
  runner: ['runner', 'runner/model'],
  presentation: ['presentation', 'runner', 'runner/model'],
  agentTools: ['agentTools', 'presentation', 'runner', 'runner/model'],
  mcp: ['mcp', 'agentTools', 'presentation', 'runner', 'runner/model'],
  webview: ['webview', 'presentation'],
  views: ['views', 'agentTools', 'presentation', 'runner', 'runner/model'],
  commands: ['commands', 'views', 'agentTools', 'presentation', 'runner', 'runner/model'],
  sdk: ['sdk'],
  server: ['server', 'sdk', 'presentation', 'runner', 'runner/model'],
  cli: ['cli', 'server', 'mcp', 'agentTools', 'presentation', 'runner', 'runner/model', 'root'],
};

describe('layers', () => {
  test('every file stands in a layer; only composition roots stand outside', () => {
    const outside = files.filter((file) => layerOf(file) === 'root');
    expect(outside.sort()).toEqual([
      'editorHost.ts',
      'editorServer.ts',
      'extension.ts',
      'nodeHost.ts',
    ]);
    const unknown = files.filter(
      (file) => layerOf(file) !== 'root' && !(layerOf(file) in mayReach),
    );
    expect(unknown).toEqual([]);
  });

  test('imports point inward', () => {
    const wrong = imports.filter(({ from, target }) => {
      const allowed = mayReach[layerOf(from)];
      return target !== null && allowed !== undefined && !allowed.includes(layerOf(target));
    });
    expect(wrong.map(({ from, target }) => `${from} → ${target ?? ''}`)).toEqual([]);
  });

  test('faces reach the core through its facade, and load it when it is needed', () => {
    const faces = imports.filter(
      ({ from, target }) => !from.startsWith('runner/') && layerOf(target ?? '') === 'runner',
    );
    expect(faces.length).toBeGreaterThan(0);
    const around = faces.filter(({ target }) => target !== 'runner/index.ts');
    expect(around.map(({ from, target }) => `${from} → ${target ?? ''}`)).toEqual([]);
    const eager = faces.filter(({ typeOnly, lazy }) => !typeOnly && !lazy);
    expect(eager.map(({ from }) => from)).toEqual([]);
  });

  test('vscode stays in the editor, Node.js out of the pure layers, SDKs behind their interfaces', () => {
    const bare = imports.filter(({ target }) => target === null);
    const offenders = bare.filter(({ from, specifier }) => {
      const layer = layerOf(from);
      if (specifier === 'vscode')
        return (
          !['views', 'commands'].includes(layer) &&
          !['editorHost.ts', 'extension.ts'].includes(from)
        );
      if (specifier.startsWith('node:'))
        return ['runner/model', 'presentation', 'agentTools', 'webview'].includes(layer);
      if (specifier === 'dockerode') return !from.startsWith('runner/sandbox/docker');
      if (specifier.startsWith('@modelcontextprotocol/')) return layer !== 'mcp';
      if (specifier.startsWith('openai')) return !from.startsWith('runner/llm/openai');
      return false;
    });
    expect(offenders.map(({ from, specifier }) => `${from}: ${specifier}`)).toEqual([]);
  });

  test('SDKs are loaded lazily', () => {
    const eager = imports.filter(
      ({ specifier, typeOnly, lazy }) =>
        /^(dockerode|openai)/.test(specifier) && !typeOnly && !lazy,
    );
    expect(eager.map(({ from, specifier }) => `${from}: ${specifier}`)).toEqual([]);
  });

  test('the MCP server is loaded when it is asked for', () => {
    const uses = imports.filter(
      ({ from, target }) => layerOf(target ?? '') === 'mcp' && layerOf(from) !== 'mcp',
    );
    expect(uses.map(({ from, lazy, typeOnly }) => ({ from, ok: lazy || typeOnly }))).toEqual([
      { from: 'cli/commands/mcp.ts', ok: true },
    ]);
  });

  test('the HTTP server is loaded when it is asked for', () => {
    const uses = imports.filter(
      ({ from, target }) => layerOf(target ?? '') === 'server' && layerOf(from) !== 'server',
    );
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter(({ lazy, typeOnly }) => !lazy && !typeOnly)).toEqual([]);
  });

  test('the client has no dependency', () => {
    const bare = imports.filter(({ from, target }) => layerOf(from) === 'sdk' && target === null);
    expect(bare.filter(({ specifier, lazy }) => !lazy || !specifier.startsWith('node:'))).toEqual(
      [],
    );
  });

  test('no cycles', () => {
    const edges = new Map<string, string[]>();
    for (const { from, target, typeOnly } of imports) {
      if (target !== null && !typeOnly) edges.set(from, [...(edges.get(from) ?? []), target]);
    }
    expect(findCycle(edges)).toBeNull();
  });
});

function findCycle(edges: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): readonly string[] | null => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const next of edges.get(file) ?? []) {
      const cycle = visit(next, [...trail, file]);
      if (cycle !== null) return cycle;
    }
    done.add(file);
    return null;
  };
  for (const file of edges.keys()) {
    const cycle = visit(file, []);
    if (cycle !== null) return cycle;
  }
  return null;
}
