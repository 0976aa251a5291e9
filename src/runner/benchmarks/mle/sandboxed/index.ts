import mleApi from './mle_api.py';
import mleCatalogue from './mle_catalogue.py';
import mleCompetition from './mle_competition.py';
import mleGrade from './mle_grade.py';
import mleMetrics from './mle_metrics.py';
import mlePrepare from './mle_prepare.py';
import mleRows from './mle_rows.py';
import mleStandard from './mle_standard.py';
import mleSubmission from './mle_submission.py';
import technique from './technique.py';
import techniqueAnswers from './technique_answers.py';
import techniqueCategories from './technique_categories.py';
import techniqueCommon from './technique_common.py';
import techniqueCv from './technique_cv.py';
import techniqueEncoding from './technique_encoding.py';
import techniqueFiles from './technique_files.py';
import techniqueGaps from './technique_gaps.py';
import techniqueImbalance from './technique_imbalance.py';
import techniqueLeakage from './technique_leakage.py';
import techniqueMeasures from './technique_measures.py';
import techniqueMissing from './technique_missing.py';
import techniqueScaling from './technique_scaling.py';
import techniqueTable from './technique_table.py';

/** The programs that prepare, transform and grade, by their names in the one folder that a sandbox has them in. */
export const mlePrograms: Readonly<Record<string, string>> = {
  'mle_api.py': mleApi,
  'mle_catalogue.py': mleCatalogue,
  'mle_competition.py': mleCompetition,
  'mle_grade.py': mleGrade,
  'mle_metrics.py': mleMetrics,
  'mle_prepare.py': mlePrepare,
  'mle_rows.py': mleRows,
  'mle_standard.py': mleStandard,
  'mle_submission.py': mleSubmission,
  'technique.py': technique,
  'technique_answers.py': techniqueAnswers,
  'technique_categories.py': techniqueCategories,
  'technique_common.py': techniqueCommon,
  'technique_cv.py': techniqueCv,
  'technique_encoding.py': techniqueEncoding,
  'technique_files.py': techniqueFiles,
  'technique_gaps.py': techniqueGaps,
  'technique_imbalance.py': techniqueImbalance,
  'technique_leakage.py': techniqueLeakage,
  'technique_measures.py': techniqueMeasures,
  'technique_missing.py': techniqueMissing,
  'technique_scaling.py': techniqueScaling,
  'technique_table.py': techniqueTable,
};
