import { usesModel } from '../agents/registry';
import type { Host } from '../host';
import { modelKeyName } from '../llm/providers';
import type { RunPlan } from '../model';

/** The key of a run's model, for the environment of its workers: their machines have no secret storage of the user's. */
export async function secretsOf(
  { agent, config }: RunPlan,
  host: Host,
): Promise<Readonly<Record<string, string>>> {
  const name = usesModel(agent, config) ? modelKeyName(config) : null;
  const key = name === null ? null : await host.secret(name);
  return name === null || key === null ? {} : { [name]: key };
}
