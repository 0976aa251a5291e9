import * as z from 'zod';
import type { EnvironmentRecipe } from '../../../model';
import { environmentRecipeSchema } from '../../../model';

const listSchema = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(/\s+/))])
  .transform((all) => all.filter((each) => each.trim() !== ''))
  .nullish();
const commandsSchema = z
  .union([z.array(z.string()), z.string().transform((command) => [command])])
  .transform((all) => all.filter((each) => each.trim() !== ''))
  .nullish();

/** The column `install_config` of SWE-rebench, as far as it says how an environment is built. */
const installConfigSchema = z.looseObject({
  python: z.union([z.string(), z.number().transform(String)]),
  pre_install: commandsSchema,
  install: commandsSchema,
  pip_packages: listSchema,
  /** conda's packages: names for pip as well, or a file that is named in `reqs_path`. */
  packages: z.string().nullish(),
  reqs_path: listSchema,
  test_cmd: z
    .union([z.string(), z.array(z.string()).transform((all) => all.at(-1) ?? '')])
    .nullish(),
  log_parser: z.string().nullish(),
});

/** null: it does not say enough. */
export function recipeOfInstallConfig(
  config: Readonly<Record<string, unknown>>,
): EnvironmentRecipe | null {
  const read = installConfigSchema.safeParse(config);
  if (!read.success) return null;
  const { packages, ...said } = read.data;
  const condas = (packages ?? '').trim();
  const named = /^(requirements\.txt|environment\.ya?ml|)$/.test(condas) ? [] : condas.split(/\s+/);
  const recipe = environmentRecipeSchema.safeParse({
    python: said.python,
    before: said.pre_install ?? [],
    pip: [...named, ...(said.pip_packages ?? [])],
    requirements: (said.reqs_path ?? []).filter((file) => file.endsWith('.txt')),
    install: said.install ?? [],
    ...(said.test_cmd ? { test_command: said.test_cmd } : {}),
    ...(said.log_parser ? { log_parser: said.log_parser } : {}),
  });
  return recipe.success ? recipe.data : null;
}
