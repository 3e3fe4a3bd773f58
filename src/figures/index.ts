// Pictures of a search: pure functions from data to a Plotly figure, cell drawings, and their rendering to SVG and PNG.
export { type AccuracyBandOptions, accuracyBand } from './accuracyBand.js';
export { type CellOptions, cellPng, nb201CellSvg, saveCell } from './cell.js';
export { concentrations, type EdgeFigureOptions, entropy, mixingWeights } from './edges.js';
export { type LossCurveOptions, lossCurve } from './lossCurve.js';
export { closeRenderer, saveFigure, toPng, toSvg } from './render.js';
export { type SeedComparisonOptions, seedComparison } from './seedComparison.js';
export { dirichletSimplex, type SimplexData, type SimplexOptions } from './simplex.js';
export type { Figure, FigureOptions } from './types.js';
