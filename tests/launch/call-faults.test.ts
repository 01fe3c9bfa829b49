import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadService } from '../../src/cli/launch/load-service.ts';
import { readHostFacts } from '../../src/host/facts.ts';
import { Installed } from '../support/installed.ts';
import { buildProbes, writeProbePolicy } from '../support/probe-program.ts';
import { processesOf } from '../support/processes.ts';
import { TestFolder } from '../support/test-folder.ts';

/** The gate maps its image, and memory for its sessions, before it executes anything: the plan's own calls come after these. */
const FIRST_OF_PLAN: Readonly<Record<string, number>> = { mmap: 4 };

let folder: TestFolder;
let installed: Installed;
let file: string;
let program: string;

beforeAll(() => {
  folder = new TestFolder();
  program = buildProbes(folder);
  const root = join(folder.path, 'root');
  mkdirSync(join(root, 'data'), { recursive: true });
  copyFileSync(program, join(root, 'probe'));
  const lines = [`root: ${root}`, 'writable: [/data]', 'groups: [61310]'];
  ({ file } = writeProbePolicy(folder, program, { run: '/probe', lines }));
  installed = new Installed(folder);
  const read = '. "$(dirname "$gate")/fault"';
  installed.wrapGate(`${read}\nexec strace -f -qq -o /dev/null -e trace=$call -e inject=$call:$how "$gate"`);
});
afterAll(() => {
  folder[Symbol.dispose]();
});

/** Every call of the phases that happen once, by the name that strace has for it. */
function callsOfStart(): readonly string[] {
  const { plan } = loadService(
    { kind: 'file', file },
    {
      facts: readHostFacts(),
      unprivileged: false,
      trusted: true,
      caller: {},
    },
  );
  const calls = plan?.steps.flatMap((step) =>
    step.verb === 'call' && step.phase !== 'session' ? [step.call] : [],
  );
  return [...new Set(calls)];
}

describe('a kernel that answers EIO', () => {
  test('whatever call it is: nothing is started, and one line says which step, errno and place', async () => {
    const calls = callsOfStart();
    expect(calls.length).toBeGreaterThan(30);
    for (const call of calls) {
      const how = `error=EIO:when=${FIRST_OF_PLAN[call] ?? 1}+`;
      folder.write('installed/dist/fault', `call=${call}\nhow=${how}\n`);
      const { code, stdout, stderr } = await installed.run([file]);
      expect({ call, code, stdout }).toEqual({ call, code: 125, stdout: '' });
      const [message = '', ...more] = stderr.trimEnd().split('\n');
      expect(more, call).toEqual([]);
      expect(message).toMatch(
        new RegExp(
          `^portcullis: probe-\\d+: step \\d+ failed: ${call}\\(.*: EIO \\(.*; nothing was started$`,
        ),
      );
      expect(message).toContain(file);
    }
    await expect.poll(() => processesOf(`${installed.gate}.real`)).toEqual([]);
    expect(processesOf(program)).toEqual([]);
  });
});
