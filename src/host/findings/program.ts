import type { Survey } from '../survey.ts';
import { type Finding, missing, note, ok } from './finding.ts';

/** The program itself: the gate, the trust in its files, Node. */
export function programFindings(survey: Survey): readonly Finding[] {
  const { facts, gate, nodeVersion } = survey;
  const why = 'the gate is the program that a service runs behind';
  const built = gate.executable
    ? ok('gate', `a gate for ${facts.architecture}`, why)
    : missing('gate', `${gate.path} is missing or not executable`, why, 'npm run build, with a C compiler');
  return [
    ok('node', `Node ${nodeVersion}`, '20.19 or newer is needed'),
    built,
    trustFinding(survey),
    fileCapabilityFinding(survey),
  ];
}

function trustFinding({ facts, distrust }: Survey): Finding {
  const [first, ...others] = distrust;
  const why = 'root runs no file that others can change, and takes no variables that steer Node';
  if (first === undefined) return ok('trust', 'only root can change the program', why);
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return (facts.uid === 0 ? missing : note)(
    'trust',
    `${first.message}${more}`,
    why,
    first.help ?? 'install it anew',
  );
}

function fileCapabilityFinding({ gate, hasSetcap, noNewPrivileges }: Survey): Finding {
  const id = 'file-capabilities';
  const why = 'a program with cap_net_bind_service set on its file binds privileged ports without root';
  if (gate.mount?.options.includes('nosuid') === true)
    return note(id, `${gate.mount.point} is mounted nosuid`, why, 'put such a file on another filesystem');
  if (noNewPrivileges) return note(id, 'no_new_privs is set on the caller', why, 'start it from elsewhere');
  if (!hasSetcap)
    return note(
      id,
      'setcap is not installed',
      why,
      'install libcap2-bin, or the package of your distribution with setcap',
    );
  return ok(id, `file capabilities have effect on ${gate.mount?.point ?? 'this filesystem'}`, why);
}
