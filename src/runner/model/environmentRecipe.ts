import * as z from 'zod';

const pythonVersionSchema = z
  .union([z.string(), z.number().transform(String)])
  // 3.10 written as a number is 3.1.
  .pipe(
    z.string().regex(/^[23]\.\d{1,2}$/, 'expected a Python version such as "3.9", as a string'),
  );

const commandsSchema = z.union([
  z.string().transform((command) => (command.trim() === '' ? [] : [command])),
  z.array(z.string().min(1)),
]);

/** What pip takes as a requirement: nothing that it would read as an option. */
const requirementSchema = z
  .string()
  .regex(/^[A-Za-z0-9][^\u0000-\u001f]*$/, 'expected a requirement such as "numpy==1.19.2"');

/** A file of the repository: a relative path that stays inside. */
const repositoryFileSchema = z
  .string()
  .regex(/^(?![/-])(?!(.*\/)?\.\.(\/|$))[^\u0000-\u001f]+$/, 'expected a path in the repository');

/** A day (whose end is meant) or a moment. */
const momentSchema = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:?\d{2}))?$/, 'expected a date such as 2021-10-31')
  .refine((text) => !Number.isNaN(Date.parse(text)), 'expected a date that exists');

export const recipeShape = {
  python: pythonVersionSchema.describe('Python version of the environment, such as "3.9"'),
  apt: z
    .array(z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/, 'expected the name of a Debian package'))
    .describe('Debian packages'),
  before: commandsSchema.describe('Commands in the repository before anything is installed'),
  pip: z.array(requirementSchema).describe('Packages for pip, best with their versions'),
  requirements: z
    .union([repositoryFileSchema.transform((file) => [file]), z.array(repositoryFileSchema)])
    .describe('Requirements files of the repository'),
  install: commandsSchema.describe('Commands that install the repository'),
  test_command: z.string().min(1).describe('Command that runs tests; test files are added to it'),
  log_parser: z
    .string()
    .min(1)
    .describe('Parser of the log of the tests, by the name it has in a dataset'),
  as_of: momentSchema.describe('Packages uploaded later are not taken'),
  env: z
    .record(z.string().regex(/^[A-Za-z_]\w*$/), z.string())
    .describe('Environment variables of every command'),
  workdir: z
    .string()
    .regex(/^\/[\w.-]+$/, 'expected a folder directly below the root, such as /testbed')
    .describe('Where the repository lies; /testbed by default'),
};

/** How an environment is built: data, as a task's `environment` or in a table of specs. */
export const environmentRecipeSchema = z.strictObject({
  ...recipeShape,
  apt: recipeShape.apt.default([]),
  before: recipeShape.before.default([]),
  pip: recipeShape.pip.default([]),
  requirements: recipeShape.requirements.default([]),
  install: recipeShape.install.default([]),
  test_command: recipeShape.test_command.optional(),
  log_parser: recipeShape.log_parser.optional(),
  as_of: recipeShape.as_of.optional(),
  env: recipeShape.env.default({}),
  workdir: recipeShape.workdir.optional(),
});
export type EnvironmentRecipe = z.infer<typeof environmentRecipeSchema>;

/** Some fields of a recipe; what is not said comes from elsewhere. */
export const partialRecipeSchema = z.strictObject(recipeShape).partial();
export type PartialRecipe = z.infer<typeof partialRecipeSchema>;

/** The environments of one repository: what holds for all its versions, and what differs in some. */
export const repositorySpecsSchema = z.strictObject({
  $schema: z.string().optional(),
  repository: z.string().regex(/^[\w.-]+\/[\w.-]+$/, 'expected owner/name'),
  all: partialRecipeSchema.default({}),
  versions: z
    .array(
      z.strictObject({
        of: z.array(z.string()).min(1),
        ...z.strictObject(recipeShape).partial().shape,
      }),
    )
    .default([]),
});
export type RepositorySpecs = z.infer<typeof repositorySpecsSchema>;
