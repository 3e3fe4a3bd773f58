// The other methods: searches over the table, their exact law, and shared weights.
export {
  type Controller,
  createController,
  drawArchitecture,
  logProbability,
} from './controller.js';
export { controllerScore } from './controllerScore.js';
export { type Asked, type Budget, type Game, openGame } from './game.js';
export { type Law, lawOfBest } from './law.js';
export { playMany, type RivalRow, type RivalStudy } from './many.js';
export { anytime, type Play, play, type Report, reportOf, TABLE_RIVAL_NAMES, TABLE_RIVALS } from './play.js';
export { RIVAL_NAMES, type RivalSettings, rivalRequest } from './request.js';
export { type SharingConfig, sharingConfig } from './sharing/config.js';
export type { SharingEvent } from './sharing/events.js';
export { readRival, rivalFolder, runSharing, type SharingResult } from './sharing/run.js';
export { type Reports, reportsOf, type Sight, sightOf } from './sight.js';
export { runOnTable, type TableRivalResult } from './tableRun.js';
export { randomLaws, type TrivialBaselines, trivialBaselines } from './trivial.js';
