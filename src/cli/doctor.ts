import type { Finding } from '../host/findings/finding.ts';
import { judge } from '../host/findings/judge.ts';
import { hostArchitecture } from '../host/host-architecture.ts';
import { readSurvey, type Survey } from '../host/survey.ts';
import { ALL_CAPABILITIES } from '../kernel/capabilities.ts';
import type { Diagnostic } from '../policy/diagnostic.ts';
import { EXIT, ExitError } from './exit.ts';
import { descriptorsOfSupervisor } from './launch/become-supervisor.ts';
import { type LoadedService, loadService } from './launch/load-service.ts';
import { gatePath, programFolder } from './launch/program-files.ts';
import { refuseErrors } from './launch/refuse-errors.ts';
import { startEnvironment } from './launch/start-environment.ts';
import { trustedPaths } from './launch/trusted-paths.ts';
import { printFindings } from './print/print-findings.ts';
import { inFileOrder, reportDiagnostics, withoutNotes } from './print/report.ts';

export interface DoctorArguments {
  readonly file: string | undefined;
  readonly json: boolean;
}

/** A policy on this host: launched by root, and by the calling user where that is another one. */
interface Examined {
  readonly root: LoadedService;
  readonly user: LoadedService | undefined;
}

/** Reports on this host, and on a policy on it; throws with the exit code when something is missing. */
export function doctor({ file, json }: DoctorArguments): void {
  const survey = readSurvey({
    gate: gatePath(hostArchitecture()),
    program: trustedPaths(programFolder()),
    environment: startEnvironment(process.env),
  });
  const examined = file === undefined ? undefined : examine(file, survey);
  const findings = judge(survey, {
    landlock: examined?.root.policy?.landlock ?? 'required',
    descriptors: descriptorsOfSupervisor(1),
  });
  if (json) process.stdout.write(`${JSON.stringify(asData(survey, findings, examined), null, 2)}\n`);
  else print(survey, findings, examined);
  refuseErrors((examined?.user ?? examined?.root)?.diagnostics ?? []);
  if (findings.some(({ level }) => level === 'missing')) throw new ExitError(EXIT.findings, '');
}

function examine(file: string, { facts }: Survey): Examined {
  const caller = process.env;
  if (facts.uid === 0)
    return {
      root: loadService({ kind: 'file', file }, { facts, unprivileged: false, trusted: true, caller }),
      user: undefined,
    };
  const asRoot = { ...facts, uid: 0, gid: 0, permitted: ALL_CAPABILITIES };
  return {
    root: loadService({ kind: 'file', file }, { facts: asRoot, unprivileged: false, trusted: true, caller }),
    user: loadService({ kind: 'file', file }, { facts, unprivileged: true, trusted: false, caller }),
  };
}

function print(survey: Survey, findings: readonly Finding[], examined: Examined | undefined): void {
  const { facts, distribution } = survey;
  const who = facts.uid === 0 ? 'root' : `user ${facts.uid}`;
  process.stdout.write(`${distribution}, Linux ${facts.kernelRelease}, ${facts.architecture}, as ${who}\n\n`);
  printFindings(findings, process.stdout);
  if (examined === undefined) return;
  report(examined.root, 'launched by root');
  if (examined.user !== undefined) report(examined.user, `launched by user ${facts.uid} with --unprivileged`);
}

function report({ file, texts, ...loaded }: LoadedService, how: string): void {
  const diagnostics = withoutNotes(loaded.diagnostics);
  process.stdout.write(
    `\n${file}, ${how}: ${diagnostics.length === 0 ? 'no problems' : ''}\n`.replace(': \n', ':\n'),
  );
  reportDiagnostics(diagnostics, texts, process.stdout);
}

function asData(
  { facts, distribution }: Survey,
  findings: readonly Finding[],
  examined: Examined | undefined,
): Readonly<Record<string, unknown>> {
  const ordered = (service: LoadedService | undefined): readonly Diagnostic[] | undefined =>
    service && inFileOrder(service.diagnostics);
  const { uid, architecture, kernelRelease } = facts;
  const policy = examined && {
    file: examined.root.file,
    root: ordered(examined.root),
    user: ordered(examined.user),
  };
  return { host: { distribution, kernel: kernelRelease, architecture, uid }, findings, policy };
}
