// The public API of the kit, readable on one page; notebooks import this and nothing deeper.
// biome-ignore-all assist/source/organizeImports: ordered by topic, for readers

// Randomness and the Dirichlet distribution
export { createStream, type Stream } from './random/stream.js';
export * as dirichlet from './distributions/dirichlet.js';

// Tensors, backends
export * as tensor from './tensor/index.js';
export { chooseBackend, type Preference } from './backend/choose.js';

// The NAS-Bench-201 space
export {
  type Architecture,
  canonicalForm,
  formatArchitecture,
  functionalForm,
  genotypeOf,
  parseArchitecture,
} from './spaces/nasbench201/architecture.js';
export { allArchitectures, architectureAt, architectureIndex } from './spaces/nasbench201/officialOrder.js';
export { networkCost } from './spaces/nasbench201/cost.js';
export { createNetwork, networkForward } from './spaces/nasbench201/network.js';
export { EDGE_NAMES, EDGES, OPERATIONS } from './spaces/nasbench201/operations.js';
export { createSupernet, forward, type Supernet } from './spaces/nasbench201/supernet.js';

// The DARTS space
export * as darts from './spaces/darts/index.js';

// Data and benchmark
export {
  batchPipeline,
  DATASETS,
  type Dataset,
  drawImageFolder,
  drawSearchSample,
  fetchDataset,
  makeBatch,
  officialSplit,
  openDataset,
  openImageFolder,
  pictureBatches,
  searchSplit,
  verifyDataset,
} from './data/index.js';
export { loadNasBench201, type NasBench201 } from './benchmarks/nasbench201.js';
export * as benchmark from './benchmarks/index.js';

// Search
export {
  checkConfig,
  differencesFromReference,
  PRESETS,
  REFERENCE,
  type Scale,
  type SearchConfig,
  searchConfig,
} from './search/config.js';
export { searchLoop } from './search/loop.js';
export { formatSchedule, parseSchedule, SCHEDULES, type Stage } from './search/progressive/schedules.js';
export { referenceOf } from './search/presets.js';
export { readRun } from './search/folder.js';
export { findStored } from './search/stored.js';
export { runSearch } from './search/run.js';
export { cachedSearch, openWorkplace, runFolder } from './search/start.js';
export type { EpochEvent, SearchEvent, StageEvent, StepEvent } from './search/events.js';
export type { Manifest, RunResult } from './search/manifest.js';

// Samplers of mixing weights, and anchors
export type { Draw, Sampler } from './search/samplers/sampler.js';
export { samplerOf } from './search/samplers/samplerOf.js';
export { SAMPLERS } from './search/samplers/traits.js';
export { regulariserOf } from './search/regularisers/regulariserOf.js';
export { REGULARISERS } from './search/regularisers/traits.js';

// What can be measured of a supernet and of a search's gradients
export {
  architectureGradient,
  architectureHessian,
  dominantEigenvalues,
} from './diagnostics/architectureHessian.js';
export { fixedBatches } from './diagnostics/batches.js';
export type { DiagnosticsConfig } from './search/diagnosticsConfig.js';
export { estimatorVariance } from './diagnostics/estimatorVariance.js';
export { openRun } from './diagnostics/open.js';
export { rankAll } from './diagnostics/rankAll.js';
export { rankingQuality } from './diagnostics/rankingQuality.js';
export { rankingReport, truthsOf } from './diagnostics/rankingReport.js';
export { samplerDraws } from './diagnostics/samplerDraws.js';
export { scatterTable } from './diagnostics/samplerScatter.js';
export {
  rankBins,
  rankingRequest,
  readRankings,
  type SupernetRanking,
  supernetRanking,
  writeRankings,
} from './experiments/ranking.js';

// Rivals of Table 4
export * as rivals from './rivals/index.js';
export { equalCost } from './experiments/equalCost.js';
export { tableResults } from './experiments/table4Results.js';
export { METHODS, methodOf, publishedOf } from './experiments/table4.js';
export { LAMBDA_ROWS } from './experiments/table5.js';
export { ABLATIONS } from './experiments/ablations.js';
export { STUDY_SETTINGS } from './experiments/studySize.js';

// Training found networks from scratch
export {
  type EvaluationConfig,
  evaluationConfig,
  evaluationDifferences,
  type RecipeName,
  REFERENCES as EVALUATION_REFERENCES,
} from './evaluation/config.js';
export {
  architectureCost,
  dartsArchitecture,
  type FoundArchitecture,
  nb201Architecture,
} from './evaluation/network.js';
export { namedArchitecture } from './evaluation/named.js';
export { type EvaluationResult, readEvaluation, runEvaluation } from './evaluation/run.js';
export { cachedEvaluation, evaluationFolder, openEvaluationWorkplace } from './evaluation/start.js';
export { evaluationGrid } from './study/trainings.js';
export { type EvaluationStudy, studyTable, summarise } from './evaluation/study.js';
export { loadTrained, saveTrained } from './evaluation/networkFile.js';
export { predictFiles, predictTestImages } from './evaluation/predict.js';
export type { TrainingEvent } from './evaluation/events.js';
export { saveOnnx, toOnnx } from './export/onnx.js';
export { checkExport, type ExportCheck } from './export/checkOnnx.js';

// Studies: settings x seeds in parallel processes
export { checkDefinition, readDefinition } from './study/checkDefinition.js';
export type { StudyDefinition } from './study/definition.js';
export { type GridReport, runGrid } from './study/grid.js';
export type { GridJob, JobOutcome } from './study/jobs.js';
export { type StudyRow, studyRows } from './study/rows.js';
export { type CoursePoint, type RecordedRun, readRecord, type StudyRecord } from './study/record.js';
export { measuredRuns, studyCost, studySize } from './study/measured.js';
export { comparisonRows, runsBySetting, settingDots, settingTable } from './study/readable.js';
export { type StudyResults, studyResults } from './study/results.js';
export { knownJobs, studyFiles, studyJobs } from './study/study.js';
export { type HitRates, hitRates } from './study/hitRates.js';
export { type StudySummary, summariseStudy } from './study/summary.js';
export { runsTable, summaryTable } from './study/tables.js';
export { studyText } from './study/text.js';
export { bootstrapInterval } from './statistics/bootstrap.js';
export { type PairedComparison, pairedComparison } from './statistics/comparison.js';

// Experiments and the paper's numbers
export { type SeedRow, type SeedStudy, seedStudy, spread, tableBaselines } from './experiments/seeds.js';
export { formatPublished, HEADLINE_CELL, publishedNumber, TABLE_4 } from './experiments/published.js';
export * as estimators from './experiments/estimators.js';
export * as proposition1 from './experiments/proposition1.js';
export * as torchBranches from './experiments/torchBranches.js';
export { comparisonTable, paperVsMeasured } from './report/paperVsMeasured.js';
export { formatResults, type MeasuredResult } from './experiments/measured.js';
export { judgeClaim, judgeNumber, type Verdict } from './report/verdict.js';
export { formatHitRate, spreadOf, wilsonInterval } from './statistics/spread.js';

// Figures: pure functions from data; and what writes them to files
export { accuracyBand } from './figures/accuracyBand.js';
export { cellPng, nb201CellSvg, saveCell } from './figures/cell.js';
export { dartsCellPng, dartsCellSvg, saveDartsCell } from './figures/dartsCell.js';
export { concentrations, entropy, mixingWeights } from './figures/edges.js';
export { type LiveRecord, liveView } from './figures/liveView.js';
export { lossCurve } from './figures/lossCurve.js';
export { closeRenderer, saveFigure, toPng, toSvg } from './figures/render.js';
export { seedComparison } from './figures/seedComparison.js';
export { dirichletSimplex } from './figures/simplex.js';
export { type TrajectoryRun, trajectory, trajectorySeeds } from './figures/trajectory.js';
export { spreadCurve } from './figures/spreadCurve.js';
export { curvePanels } from './figures/curves.js';
export { anchorPenalties, sparsity } from './figures/density.js';
export { branchMaps, errorsAgainstTruth, estimatorVariances, torchErrors } from './figures/estimator.js';
export { lambdaCurve } from './figures/lambdaCurve.js';
export { operationShares } from './figures/operationShares.js';
export { propositionBound } from './figures/proposition.js';

// In a notebook
export * from './notebook.js';
export { type LiveSearch, liveSearch } from './notebook/live.js';
export { showPicture } from './notebook/picture.js';
export { interruptSignal } from './interrupt.js';

// Memory: reckoned before a search starts, and measured
export { estimateMemory, type MemoryEstimate } from './memoryPlan/estimate.js';
export { type MemoryTable, measureMemory, reckonMemory } from './experiments/memory.js';
