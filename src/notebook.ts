// What a notebook needs beyond its results: figures, tables and progress shown in place, and its headline reported.
export { newDisplay, showMarkdown, showText } from './notebook/display.js';
export { liveFigure, showFigure } from './notebook/figure.js';
export { isNotebook } from './notebook/kernel.js';
export { formatDuration, type ProgressLine, progressLine } from './notebook/progress.js';
export { type NamedResult, type Result, reportedResults, reportResult } from './notebook/report.js';
export { showTable, tableText } from './notebook/table.js';
