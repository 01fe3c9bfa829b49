import { describe, expect, test } from 'vitest';
import { runCommand } from '../../src/cli/commands/run.ts';
import { releaseText } from '../../src/kernel/kernel-release.ts';
import type { CapabilityNeed, KernelNeed } from '../../src/plan/need.ts';
import { CAPABILITY_NEEDS } from '../../src/plan/needs.ts';
import { CLOSE_RANGE_NEED } from '../../src/plan/steps/detach.ts';
import { REFUSING_NEED } from '../../src/plan/steps/received-descriptors.ts';
import { PORT_NEED } from '../../src/plan/steps/sockets.ts';
import { ATTRIBUTE_NEED } from '../../src/plan/steps/writable.ts';
import { failureHelp } from '../../src/supervisor/failure-help.ts';
import { page } from './support/page.ts';

function capabilitiesIn(text: string): readonly string[] {
  return [...new Set(text.match(/CAP_[A-Z_]+/g))].sort();
}

function needed(...answers: readonly CapabilityNeed['without'][]): readonly string[] {
  const needs = CAPABILITY_NEEDS.filter(({ without }) => answers.includes(without));
  return [...new Set(needs.map(({ capability }) => capability))].sort();
}

describe('the capabilities that a launch needs', () => {
  test.each([
    ['docs/command-line.md', page('docs/command-line.md')],
    ['run --help', runCommand.detail.join('\n')],
  ])('are those of %s', (_, text) => {
    const [, required = '', useful = ''] = /Root needs ([^.]*)\.([^.]*)\./.exec(text) ?? [];
    expect(capabilitiesIn(required)).toEqual(needed('refused'));
    expect(capabilitiesIn(useful)).toEqual(needed('replaced', 'tolerated'));
  });

  test('are those of the unit file of an executable', () => {
    const [, bounding = ''] = /^CapabilityBoundingSet=(.*)$/m.exec(page('docs/systemd.md')) ?? [];
    expect(capabilitiesIn(bounding)).toEqual(needed('refused', 'replaced'));
  });

  test('are those of the help for a port that is refused', () => {
    expect(capabilitiesIn(failureHelp('bind', 'EACCES') ?? '')).toEqual([PORT_NEED.capability]);
  });
});

describe('the kernel that a launch needs', () => {
  test.each<[need: KernelNeed, where: string, said: (release: string) => string]>([
    [CLOSE_RANGE_NEED, 'README.md', (release) => `down to ${release} `],
    [CLOSE_RANGE_NEED, 'docs/install.md', (release) => `| ${release} to `],
    [ATTRIBUTE_NEED, 'docs/install.md', (release) => `A policy with \`writable\` needs Linux ${release}.`],
    [ATTRIBUTE_NEED, 'docs/policy.md', (release) => `This takes Linux ${release}.`],
    [REFUSING_NEED, 'docs/wrap.md', (release) => `This is in Linux since ${release};`],
    [REFUSING_NEED, 'SECURITY.md', (release) => `Descriptors that a peer sends, before Linux ${release}.`],
  ])('$brings is said in %s', (need, where, said) => {
    expect(page(where)).toContain(said(releaseText(need.since)));
  });

  test('is in the help for a call that the kernel does not know', () => {
    expect(failureHelp('mount_setattr', 'ENOSYS')).toContain(
      `needs Linux ${releaseText(ATTRIBUTE_NEED.since)} or newer`,
    );
  });
});
