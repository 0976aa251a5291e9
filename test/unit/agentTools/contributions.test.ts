import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { describe, expect, it } from 'vitest';
import { agentTools, toolContributions } from '../../../src/agentTools/index';
import { submit, taskTools } from '../../../src/agentTools/taskTools';
import { contestTools } from '../../../src/runner/benchmarks/contests/tools';
import { sweTools } from '../../../src/runner/benchmarks/swe/tools';

const manifest = z
  .object({ contributes: z.looseObject({ languageModelTools: z.array(z.unknown()) }) })
  .parse(
    JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../../package.json'), 'utf8')),
  );

/** A schema without its words: what may be written, not how it is explained. */
function shapeOf(schema: unknown): unknown {
  const text = JSON.stringify(schema, (key, value: unknown) =>
    key === 'description' ? undefined : value,
  );
  return JSON.parse(text) as unknown;
}

describe('tools for agents outside', () => {
  it('stand in the manifest as the code has them', () => {
    expect(manifest.contributes.languageModelTools, 'run scripts/generateSchema.mjs').toEqual(
      toolContributions(),
    );
  });

  it('have names that are theirs alone, and descriptions in sentences', () => {
    const names = agentTools.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, description, title } of agentTools) {
      expect(name).toMatch(/^(benchyard|swe|contest)_[a-z_]+$/);
      expect(description).toMatch(/\.$/);
      expect(title).toMatch(/^[A-Z]/);
    }
  });

  it('of an open task are those of the task itself, with the same arguments', () => {
    // Nothing is called: a tool's name and parameters do not depend on where it works.
    const options = {
      sandbox: { workdir: '/w' },
      task: { repo: 'https://example.com/r.git', ref: 'main', install: null },
      limits: {},
      patchLimits: {},
      prepared: [],
    };
    const repository = sweTools(options as unknown as Parameters<typeof sweTools>[0]);
    const contest = contestTools(options as unknown as Parameters<typeof contestTools>[0]);
    const known = new Set(repository.map(({ name }) => name));
    const inside = [...repository, ...contest.filter(({ name }) => !known.has(name))];
    const outside = [...taskTools, submit];
    const innerName = (name: string): string =>
      inside.some((tool) => tool.name === name) ? name : name.replace(/^benchyard_/, '');
    expect(outside.map(({ name }) => innerName(name)).sort()).toEqual(
      inside.map(({ name }) => name).sort(),
    );
    for (const tool of outside) {
      const own = z.toJSONSchema(tool.input, { io: 'input' }).properties ?? {};
      delete own['session'];
      const same = inside.find(({ name }) => name === innerName(tool.name))!;
      const theirs = z.toJSONSchema(same.parameters, { io: 'input' }).properties;
      expect(shapeOf(own), tool.name).toEqual(shapeOf(theirs));
    }
  });
});
