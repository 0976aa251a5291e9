import * as z from 'zod';
import type { ContestLabels } from '../../model';
import { protoLabels } from '../../model';

const infoSchema = z.object({ info: z.object({ features: z.record(z.string(), z.unknown()) }) });
const classLabelSchema = z.object({ _type: z.literal('ClassLabel'), names: z.array(z.string()) });

/**
 * The names of class labels as the Hugging Face library writes them into a file (`huggingface` of the metadata); null when
 * the text has another shape or names none.
 */
export function labelsFromFeatures(text: string): ContestLabels | null {
  const features = parse(text);
  if (features === null) return null;
  const labels = {
    source: namesIn(features['source']),
    difficulty: namesIn(features['difficulty']),
    language: namesIn(features['solutions']) ?? namesIn(features['incorrect_solutions']),
  };
  if (Object.values(labels).every((names) => names === null)) return null;
  return {
    source: labels.source ?? protoLabels.source,
    difficulty: labels.difficulty ?? protoLabels.difficulty,
    language: labels.language ?? protoLabels.language,
  };
}

function parse(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return infoSchema.parse(JSON.parse(text)).info.features;
  } catch {
    return null;
  }
}

/** Versions of the library nest lists differently: the label is found wherever in the column it is. */
function namesIn(feature: unknown): readonly string[] | null {
  const label = classLabelSchema.safeParse(feature);
  if (label.success) return label.data.names;
  if (typeof feature !== 'object' || feature === null) return null;
  for (const part of Object.values(feature)) {
    const found = namesIn(part);
    if (found !== null) return found;
  }
  return null;
}
