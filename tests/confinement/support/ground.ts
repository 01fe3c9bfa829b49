import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  BareService,
  buildProbes,
  PROBE_UID,
  type ProbedService,
  serveBuiltProbes,
  serveProbes,
} from '../../support/probe-program.ts';
import { TestFolder } from '../../support/test-folder.ts';
import { freeUser } from '../../support/users.ts';

/** An ordinary user, who starts the same service without privilege. */
export const ORDINARY_UID: number = freeUser();

/** Where an attack is tried from, all serving at once. */
export interface Ground {
  readonly folder: TestFolder;
  readonly program: string;
  /** Behind an inetd of the old kind, as the user of the service. */
  readonly bare: BareService;
  /** The same as root. */
  readonly bareRoot: BareService;
  /** Under a policy whose filter allows every call: what the other layers stop. */
  readonly open: ProbedService;
  /** Under a policy with every group of our own. */
  readonly confined: ProbedService;
  /** The same, as an executable of its own. */
  readonly built: ProbedService;
  /** The same, started by an ordinary user. */
  readonly unprivileged: ProbedService;
}

export type Place = Exclude<keyof Ground, 'folder' | 'program'>;

/** What a probe answers in each place; it must succeed in one of them, else it would prove nothing. */
export interface Attack extends Partial<Readonly<Record<Place, string>>> {
  /** The probe and its argument. */
  readonly request: string;
  /** What `built` and `unprivileged` answer too, unless they are named. */
  readonly confined: string;
}

/** Lets the probes write something, so that what stops them is what is tested. */
const LINES = (program: string): readonly string[] => [
  `writable: [${program}-writable]`,
  'rlimits: { fsize: 64MiB }',
];

/** Starts every place before the tests of a file, and stops them after it. */
export function prepareGround(): () => Ground {
  const folder = new TestFolder();
  const starting: Promise<BareService | ProbedService>[] = [];
  let ground: Ground | undefined;
  beforeAll(async () => {
    const program = buildProbes(folder);
    const lines = LINES(program);
    const ordinary = [`user: ${ORDINARY_UID}`, `group: ${ORDINARY_UID}`];
    const start = <Service extends BareService | ProbedService>(
      service: Promise<Service>,
    ): Promise<Service> => {
      starting.push(service);
      return service;
    };
    const [bare, bareRoot, open, confined, built, unprivileged] = await Promise.all([
      start(BareService.start(program, PROBE_UID)),
      start(BareService.start(program, 0)),
      start(serveProbes(folder, program, { default: 'allow', rules: ['getpid'], lines })),
      start(serveProbes(folder, program, { lines })),
      start(serveBuiltProbes(folder, program, { lines })),
      start(
        serveProbes(
          folder,
          program,
          { lines: [...lines, ...ordinary] },
          { args: ['--unprivileged'], uid: ORDINARY_UID },
        ),
      ),
    ]);
    ground = { folder, program, bare, bareRoot, open, confined, built, unprivileged };
  });
  // Also when one of them did not start: the others did.
  afterAll(async () => {
    for (const started of await Promise.allSettled(starting)) {
      if (started.status === 'rejected') continue;
      const service = started.value;
      if (service instanceof BareService) service[Symbol.dispose]();
      else await service[Symbol.asyncDispose]();
    }
    folder[Symbol.dispose]();
  });
  return () => {
    if (ground === undefined) throw new Error('the ground is prepared before the first test');
    return ground;
  };
}

/** One test for each attack: it is tried in every place that the attack names, and where it is confined. */
export function testAttacks(title: string, ground: () => Ground, attacks: readonly Attack[]): void {
  describe(title, () => {
    test.each(attacks)('$request: $confined', async ({ request, ...expected }) => {
      const answers: Partial<Record<Place, string>> = {};
      const { confined } = expected;
      const wanted: Partial<Record<Place, string>> = { unprivileged: confined, built: confined, ...expected };
      for (const place of Object.keys(wanted) as Place[]) {
        answers[place] = await ground()[place].attempt(request);
      }
      expect(answers).toEqual(wanted);
    });
  });
}
