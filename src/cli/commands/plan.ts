import type { CommandModule } from 'yargs';
import { readHostFacts } from '../../host/facts.ts';
import { planToJson, printPlan } from '../../plan/print.ts';
import { hasErrors } from '../../policy/diagnostic.ts';
import { EXIT, ExitError } from '../exit.ts';
import { loadService } from '../load-service.ts';
import { reportDiagnostics } from '../report.ts';

interface PlanArguments {
  readonly file: string;
  readonly json: boolean;
  readonly unprivileged: boolean;
}

export const planCommand: CommandModule<object, PlanArguments> = {
  command: 'plan <file>',
  describe: 'print every system call of a launch, in order, with the line that asks for it',
  builder: (yargs) =>
    yargs
      .positional('file', { describe: 'a policy file', type: 'string', demandOption: true })
      .option('json', { describe: 'the plan as data', type: 'boolean', default: false })
      .option('unprivileged', {
        describe: 'the plan of `run --unprivileged`',
        type: 'boolean',
        default: false,
      })
      .example('$0 plan policies/echo.yaml', 'the three phases: prepare, confine, session') as never,
  handler: plan,
};

/** Needs no root: without it, the plan is the one that root would execute. */
function plan({ file, json, unprivileged }: PlanArguments): void {
  const host = readHostFacts();
  const facts = unprivileged
    ? host
    : { ...host, uid: 0, gid: 0, permitted: host.uid === 0 ? host.permitted : (1n << 41n) - 1n };
  const loaded = loadService(file, { facts, unprivileged, trusted: false, caller: process.env });
  reportDiagnostics(loaded.diagnostics, new Map([[file, loaded.text]]), process.stderr);
  if (loaded.plan === undefined || hasErrors(loaded.diagnostics)) throw new ExitError(EXIT.findings, '');
  process.stdout.write(
    json ? `${JSON.stringify(planToJson(loaded.plan), null, 2)}\n` : printPlan(loaded.plan),
  );
}
