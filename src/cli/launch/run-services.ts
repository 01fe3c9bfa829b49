import { accessSync, closeSync, constants } from 'node:fs';
import type { Admission } from '../../access/admission.ts';
import type { GateEvent } from '../../gate-protocol/gate-event.ts';
import {
  abandonGate,
  type PassedDescriptor,
  type Recorder,
  startGate,
} from '../../gate-protocol/start-gate.ts';
import { readHostFacts } from '../../host/facts.ts';
import { pipe2 } from '../../host/libc.ts';
import { checkTrust } from '../../host/trust.ts';
import { constantNumber } from '../../kernel/constants.ts';
import { errnoText } from '../../kernel/errno.ts';
import type { HostFacts } from '../../plan/facts.ts';
import { encodePlan } from '../../plan/image/encode.ts';
import type { Plan } from '../../plan/plan.ts';
import { type Diagnostic, hasErrors } from '../../policy/diagnostic.ts';
import type { ListenAddress, Policy, PolicyHandoff, UnixAddress } from '../../policy/policy.ts';
import { isWildcard } from '../../policy/schema/listen.ts';
import { failureText } from '../../supervisor/event-text.ts';
import { EXIT, ExitError } from '../exit.ts';
import type { PolicySource } from '../policy-source.ts';
import { reportDiagnostics, withoutNotes } from '../print/report.ts';
import { usesColor } from '../print/uses-color.ts';
import { becomeSupervisor, descriptorsOfSupervisor, type Supervised } from './become-supervisor.ts';
import { foundText } from './found-text.ts';
import { type InheritedSockets, inheritSockets, thisStarter } from './inherit-sockets.ts';
import type { LoadedService } from './load-service.ts';
import { type LoadedServices, loadTogether } from './load-together.ts';
import { memoryFile } from './memory-file.ts';
import { gatePath, programFolder, recorderPath } from './program-files.ts';
import { recorderOf } from './recorder-of.ts';
import { startEnvironment } from './start-environment.ts';
import { stepName } from './step-name.ts';
import { supervisorIdentity } from './supervisor-identity.ts';
import { requireNode } from './supervisor-node.ts';
import { trustedPaths } from './trusted-paths.ts';
import { wrap } from './wrap.ts';

export interface RunArguments {
  readonly sources: readonly PolicySource[];
  readonly json: boolean;
  readonly unprivileged: boolean;
  /** Print each step of the launch on standard error. */
  readonly debug: boolean;
  /** Record the sessions, and explain the errors that they are answered with. */
  readonly explain: boolean;
  /** A line to send, for a user who tries a service by hand. */
  readonly try?: string | undefined;
}

const O_CLOEXEC = constantNumber('O_CLOEXEC');

/** Starts every service or none, then becomes their supervisor; returns only by throwing. */
export function runServices(given: RunArguments): void {
  const { sources, json, unprivileged, debug, explain: explains } = given;
  const facts = readHostFacts();
  const gate = gatePath(facts.architecture);
  requireGate(gate);
  const trusted = facts.uid === 0;
  if (trusted && unprivileged) {
    throw new ExitError(EXIT.launchFailed, '--unprivileged is for ordinary users; root leaves it out');
  }
  if (trusted) refuseUntrusted();
  const loaded = loadTogether(sources, {
    facts,
    unprivileged,
    trusted,
    caller: process.env,
    requireListen: sources.length > 1,
  });
  const inherited = inheritSockets(
    loaded.services.flatMap(({ policy }) => policy ?? []),
    thisStarter(),
  );
  refuseProblems({ ...loaded, diagnostics: [...loaded.diagnostics, ...inherited.diagnostics] });
  const uids = loaded.services.flatMap(({ uid }) => uid ?? []);
  const recording = explains ? recorders(facts, uids) : undefined;
  const [only] = loaded.services;
  if (only?.policy?.listen.length === 0 && only.plan !== undefined)
    wrap(only.plan, gate, debug, recording?.(only.policy));
  if (facts.uid === 0) requireNode();
  const descriptors = descriptorsOfSupervisor(loaded.services.length);
  if (facts.hardLimits.nofile < descriptors) {
    const found = facts.hardLimits.nofile;
    throw new ExitError(
      EXIT.launchFailed,
      `the hard limit of descriptors is ${found}, ${loaded.services.length} services need ${descriptors}; raise it (ulimit -Hn); nothing was started`,
    );
  }
  const services = startAll(loaded.services, gate, { debug, line: given.try, recording, inherited });
  // The gates have them.
  for (const { from } of [...inherited.taken.values()].flat()) closeSync(from);
  try {
    const identity = facts.uid === 0 ? supervisorIdentity(uids) : undefined;
    becomeSupervisor(services, facts, identity, {
      format: json ? 'json' : 'text',
      color: usesColor(process.stdout),
      explains,
    });
  } catch (error) {
    for (const service of services) abandonGate(service.gate);
    throw error;
  }
}

function requireGate(path: string): void {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    throw new ExitError(
      EXIT.launchFailed,
      `the gate is not built: ${path} is missing; run \`npm run build\` with a C compiler installed`,
    );
  }
}

function refuseUntrusted(): void {
  const environment = startEnvironment(process.env);
  const diagnostics = checkTrust({ program: trustedPaths(programFolder()), environment });
  reportDiagnostics(diagnostics, new Map(), process.stderr);
  if (hasErrors(diagnostics))
    throw new ExitError(
      EXIT.launchFailed,
      'root does not compile from what others can change; nothing was started',
    );
}

/** All problems of all policies, then the exit code that the worst of them has. */
function refuseProblems({ texts, diagnostics }: LoadedServices): void {
  reportDiagnostics(withoutNotes(diagnostics), texts, process.stderr);
  if (hasErrors(diagnostics)) throw new ExitError(exitCode(diagnostics), 'nothing was started');
}

function exitCode(diagnostics: readonly Diagnostic[]): number {
  const errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code);
  if (errors.every((code) => code === 'executable-missing' || code === 'interpreter-missing'))
    return EXIT.notFound;
  return errors.every((code) => code.endsWith('-not-executable')) ? EXIT.notExecutable : EXIT.launchFailed;
}

/** Returns what makes the recorder of a policy; a recorder is a user of its own. */
function recorders(facts: HostFacts, uids: readonly number[]): (policy: Policy) => Recorder {
  requireGate(recorderPath(facts.architecture));
  const identity = facts.uid === 0 ? supervisorIdentity([...uids, supervisorIdentity(uids).uid]) : undefined;
  return (policy) => recorderOf(policy, facts.architecture, identity);
}

interface StartOptions {
  readonly debug: boolean;
  readonly line: string | undefined;
  readonly recording: ((policy: Policy) => Recorder) | undefined;
  readonly inherited: InheritedSockets;
}

function startAll(
  loaded: readonly LoadedService[],
  gate: string,
  { debug, line, recording, inherited }: StartOptions,
): readonly Supervised[] {
  const services: Supervised[] = [];
  const source = { pipe: () => pipe2(O_CLOEXEC), memoryFile };
  for (const { policy, plan } of loaded) {
    if (policy === undefined || plan === undefined) continue;
    const passed = inherited.taken.get(policy) ?? [];
    const image = encodePlan(plan);
    const start = startGate(gate, policy.service, image, source, debug, recording?.(policy), passed);
    if (start.kind === 'confined') {
      services.push({ policy, plan, gate: start.gate, announcement: announcementOf(policy, plan, line) });
      continue;
    }
    for (const service of services) abandonGate(service.gate);
    throw new ExitError(
      EXIT.launchFailed,
      `${policy.service}: ${explain(start.event, { policy, plan }, passed)}; nothing was started`,
    );
  }
  return services;
}

/** Returns the reason why a gate did not start, in the words of its plan. */
function explain(
  event: GateEvent | undefined,
  { policy, plan }: Pick<Supervised, 'policy' | 'plan'>,
  passed: readonly PassedDescriptor[],
): string {
  if (event?.event === 'refused-image') return `the gate refused its image: ${event.reason}`;
  if (event?.event === 'recorder-failed') return `no recorder: ${event.reason}: ${errnoText(event.errno)}`;
  if (event?.event !== 'failed') return 'the gate ended before it was ready';
  const step = plan.steps[event.step];
  const steps = step && { [event.step]: stepName(step) };
  const service = {
    service: policy.service,
    file: policy.file,
    listen: [],
    announcement: [],
    events: -1,
    log: -1,
    control: -1,
  };
  return failureText(event, { ...service, steps: steps ?? {} }) + foundText(event, step, policy, passed);
}

/** Returns the addresses of a service, who judges its peers, and with `--try` the command to type in a second shell. */
function announcementOf(
  { service, listen, handoff }: Policy,
  { contract }: Plan,
  line: string | undefined,
): readonly string[] {
  const judged = contract.shape === 'direct' ? [] : admissionText(contract.admission, handoff);
  return [...addressesText(service, listen, line), ...judged.map((text) => `${service}: ${text}`)];
}

/** Says what a refused peer sees. */
function admissionText(admission: Admission, handoff: PolicyHandoff): readonly string[] {
  switch (admission.by) {
    case 'nobody':
      return [];
    case 'kernel':
      return ['peers that the access list refuses get no answer'];
    case 'gate':
      return [
        `the gate ${handoff === 'peer' ? 'reads and drops the datagrams' : 'accepts and closes the connections'} that the access list refuses: the kernel takes no filter for it, ${admission.refusal}`,
      ];
  }
}

function addressesText(
  service: string,
  listen: readonly ListenAddress[],
  line: string | undefined,
): readonly string[] {
  return listen.flatMap((address) =>
    line === undefined
      ? [`${service}: ready on ${address.text}`]
      : [
          `${service}: ready on ${address.text}; try it in a second shell:`,
          `  ${clientCommand(address, line)}`,
        ],
  );
}

/** A client of one line: of a port a shell's, since bash alone can be one, of a UNIX socket socat's. */
function clientCommand(address: ListenAddress, line: string): string {
  switch (address.kind) {
    case 'tcp': {
      const host = isWildcard(address) ? '127.0.0.1' : address.address;
      return `bash -c 'exec 3<>/dev/tcp/${host}/${address.port}; echo ${line} >&3; head -n 1 <&3'`;
    }
    case 'udp': {
      const host = isWildcard(address) ? '127.0.0.1' : address.address;
      return `bash -c 'exec 3<>/dev/udp/${host}/${address.port}; echo ${line} >&3; head -n 1 <&3'`;
    }
    case 'unix': {
      if (address.type === 'dgram') return datagramClient(address.place, line);
      const to =
        address.place.kind === 'path'
          ? `UNIX-CONNECT:${address.place.path}`
          : `ABSTRACT-CONNECT:${address.place.name}`;
      const type = address.type === 'stream' ? '' : ',type=5';
      return `echo ${line} | socat -t 5 - ${to}${type}`;
    }
  }
}

/** The answer comes to a name of the client's own. */
function datagramClient(place: UnixAddress['place'], line: string): string {
  const to =
    place.kind === 'path'
      ? `UNIX-SENDTO:${place.path}`
      : `ABSTRACT-SENDTO:${place.name},bind=${place.name}.client`;
  return `echo ${line} | socat -t 5 - ${to}${place.kind === 'path' ? ',bind=/tmp/portcullis-client' : ''}`;
}
