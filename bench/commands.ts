import { ADMISSION_HELP, type AdmissionOptions, readAdmissionOptions } from './admission/options.ts';
import { type AdmissionReport, admissionText, isAdmissionValid } from './admission/report.ts';
import { benchAdmission } from './admission.ts';
import { bench } from './bench.ts';
import { type Command, runCommand } from './command.ts';
import { FILTER_HELP, type FilterOptions, readFilterOptions } from './filter-options.ts';
import { filterReportText } from './filter-report.ts';
import { benchFilters, type FilterReport } from './filters.ts';
import { benchIdle, type IdleReport } from './idle.ts';
import { IDLE_HELP, type IdleOptions, readIdleOptions } from './idle-options.ts';
import { idleReportText } from './idle-report.ts';
import { HELP, type Options, readOptions } from './options.ts';
import {
  writeAdmission,
  writeFilters,
  writeIdle,
  writePage,
  writePeers,
  writeRounds,
  writeSoak,
} from './page.ts';
import { PEERS_HELP, type PeersOptions, readPeersOptions } from './peers/options.ts';
import { isPeersValid, type PeersReport, peersText } from './peers/report.ts';
import { benchPeers } from './peers.ts';
import type { CommonOptions } from './read-options.ts';
import { isValid, type Report, reportText } from './report.ts';
import { ROUNDS_HELP, type RoundsOptions, readRoundsOptions } from './rounds/options.ts';
import { type RoundsReport, roundsText } from './rounds/report.ts';
import { benchRounds } from './rounds.ts';
import { readSoakOptions, SOAK_HELP, type SoakOptions } from './soak/options.ts';
import { isDry, type SoakReport, soakText } from './soak/report.ts';
import { soak } from './soak.ts';

/** The user that servers are started by. */
const CHANGES_USERS = 'the servers change to other users';

const servers: Command<Options, Report> = {
  help: HELP,
  needsRoot: CHANGES_USERS,
  read: readOptions,
  run: bench,
  text: reportText,
  isValid,
  write: writePage,
};

const filters: Command<FilterOptions, FilterReport> = {
  help: FILTER_HELP,
  read: readFilterOptions,
  run: benchFilters,
  text: filterReportText,
  isValid: () => true,
  write: writeFilters,
};

const idle: Command<IdleOptions, IdleReport> = {
  help: IDLE_HELP,
  needsRoot: CHANGES_USERS,
  read: readIdleOptions,
  run: benchIdle,
  text: idleReportText,
  isValid: () => true,
  write: writeIdle,
};

const rounds: Command<RoundsOptions, RoundsReport> = {
  help: ROUNDS_HELP,
  needsRoot: CHANGES_USERS,
  read: readRoundsOptions,
  run: benchRounds,
  text: roundsText,
  isValid: () => true,
  write: writeRounds,
};

const admission: Command<AdmissionOptions, AdmissionReport> = {
  help: ADMISSION_HELP,
  needsRoot: CHANGES_USERS,
  read: readAdmissionOptions,
  run: benchAdmission,
  text: admissionText,
  isValid: isAdmissionValid,
  write: writeAdmission,
};

const soaking: Command<SoakOptions, SoakReport> = {
  help: SOAK_HELP,
  needsRoot: CHANGES_USERS,
  read: readSoakOptions,
  run: soak,
  text: soakText,
  isValid: isDry,
  write: writeSoak,
};

const peers: Command<PeersOptions, PeersReport> = {
  help: PEERS_HELP,
  needsRoot: CHANGES_USERS,
  read: readPeersOptions,
  run: benchPeers,
  text: peersText,
  isValid: isPeersValid,
  write: writePeers,
};

/** Runs a command with its options; returns the exit code. */
type Run = (args: readonly string[], signal: AbortSignal) => Promise<number>;

function runs<O extends CommonOptions, R>(command: Command<O, R>): Run {
  return (args, signal) => runCommand(command, args, signal);
}

/** The commands by the first word of the command line. */
export const COMMANDS: ReadonlyMap<string, Run> = new Map([
  ['filters', runs(filters)],
  ['idle', runs(idle)],
  ['rounds', runs(rounds)],
  ['admission', runs(admission)],
  ['peers', runs(peers)],
  ['soak', runs(soaking)],
]);

/** The command without a word. */
export const runServers: Run = runs(servers);
