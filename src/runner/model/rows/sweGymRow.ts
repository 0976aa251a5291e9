import type { RepositoryTask } from '../repositoryTask';
import type { RowContext } from './columns';
import type { SweBenchRow } from './sweBenchRow';
import { officialTask } from './sweBenchRow';

/** The repositories of SWE-Gym. Its columns are SWE-bench's own, so they and a missing setup commit tell it apart. */
const repositories: ReadonlySet<string> = new Set([
  'bokeh/bokeh',
  'conan-io/conan',
  'dask/dask',
  'facebookresearch/hydra',
  'getmoto/moto',
  'iterative/dvc',
  'modin-project/modin',
  'pandas-dev/pandas',
  'project-monai/monai',
  'pydantic/pydantic',
  'python/mypy',
]);

export function isSweGymRow(row: Readonly<Record<string, unknown>>): boolean {
  return (
    typeof row['repo'] === 'string' &&
    repositories.has(row['repo'].toLowerCase()) &&
    Array.isArray(row['FAIL_TO_PASS']) &&
    !('environment_setup_commit' in row) &&
    !('image' in row)
  );
}

/** The naming rule of SWE-Gym's prebuilt images. */
function imageName(instanceId: string): string {
  return `xingyaoww/sweb.eval.x86_64.${instanceId.replaceAll('__', '_s_').toLowerCase()}:latest`;
}

export function fromSweGymRow(row: SweBenchRow, context: RowContext): RepositoryTask {
  return officialTask(row, context, {
    image: row.image ?? imageName(row.instance_id),
    columns: { kind: 'swe-gym' },
  });
}
