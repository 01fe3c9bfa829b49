import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { makeExecutable } from '../../gate-protocol/executable.ts';
import { readHostFacts } from '../../host/facts.ts';
import { checkVariables } from '../../host/trust.ts';
import type { Architecture } from '../../kernel/architecture.ts';
import { parseKernelRelease } from '../../kernel/kernel-release.ts';
import { encodePlan } from '../../plan/image/encode.ts';
import { type Diagnostic, hasErrors } from '../../policy/diagnostic.ts';
import { EXIT, ExitError } from '../exit.ts';
import { reportDiagnostics } from '../print/report.ts';
import { writeProblem } from '../print/write-problem.ts';
import { type LoadedService, loadService } from './load-service.ts';
import { gatePath } from './program-files.ts';
import { requirePlan } from './require-plan.ts';
import { startEnvironment } from './start-environment.ts';

export interface BuildArguments {
  readonly file: string;
  readonly output: string;
  readonly target: string | undefined;
  readonly kernel: string;
  readonly unprivileged: boolean;
  /** It tells each of its steps on standard error. */
  readonly debug: boolean;
}

const ARCHITECTURES: readonly Architecture[] = ['x86_64', 'aarch64'];

/** Writes one static executable with the plan of a policy inside; a failure leaves no partial file. */
export function buildExecutable(options: BuildArguments): void {
  const { file, output, target, kernel, unprivileged, debug } = options;
  const host = readHostFacts();
  if (host.uid === 0) refuseSteering();
  const architecture = ARCHITECTURES.find((name) => name === (target ?? host.architecture));
  const release = parseKernelRelease(kernel);
  if (architecture === undefined || release === undefined)
    throw new ExitError(EXIT.usage, `--kernel takes a version such as 6.12, found '${kernel}'`);
  const gate = readGate(architecture);
  const loaded = loadService(
    { kind: 'file', file },
    {
      facts: host,
      unprivileged,
      trusted: false,
      caller: {},
      requireListen: false,
      target: { architecture, kernel: release, unprivileged },
    },
  );
  const plan = requirePlan(loaded, passProblems(loaded));
  replaceFile(output, makeExecutable(gate, encodePlan(plan), debug));
  const privileged = unprivileged && plan.launcher.permitted !== 0n;
  if (privileged)
    process.stderr.write(`its port needs a capability: setcap cap_net_bind_service=ep ${output}\n`);
}

/** Root will start the executable that it builds now, so the variables of `run` count here as well. */
function refuseSteering(): void {
  const diagnostics = checkVariables(startEnvironment(process.env));
  reportDiagnostics(diagnostics, new Map(), process.stderr);
  if (hasErrors(diagnostics))
    throw new ExitError(EXIT.findings, 'root does not build while others can steer it; nothing was written');
}

function readGate(architecture: Architecture): Uint8Array {
  try {
    return readFileSync(gatePath(architecture));
  } catch {
    throw new ExitError(
      EXIT.usage,
      `no gate for ${architecture} is built here; install a compiler for it (Debian: gcc-${architecture.replace('_', '-')}-linux-gnu) and run \`npm run build\``,
    );
  }
}

/** Reports `environment.pass`: the caller of the executable does not choose the environment of the service. */
function passProblems({ policy }: LoadedService): readonly Diagnostic[] {
  if (policy === undefined || policy.environment.pass.length === 0) return [];
  return [
    {
      code: 'environment-pass-built',
      severity: 'error',
      message: 'a standalone executable takes no variables from its caller',
      span: policy.spans.get('environment.pass'),
      help: 'write the values with environment.set',
    },
  ];
}

/** Beside its final place first: an executable that runs keeps its file, and no half of one is ever there. */
function replaceFile(path: string, bytes: Uint8Array): void {
  const beside = `${path}.${process.pid}`;
  try {
    writeFileSync(beside, bytes, { mode: 0o755, flag: 'wx' });
    chmodSync(beside, 0o755);
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw new ExitError(EXIT.usage, `cannot write '${path}': ${writeProblem(error)}`);
  }
}
