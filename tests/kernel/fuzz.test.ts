import { parseKernelRelease } from '../../src/kernel/kernel-release.ts';
import { demand } from '../support/fuzz/demands.ts';
import { fuzz } from '../support/fuzz/fuzz.ts';
import { TextMutator } from '../support/fuzz/mutate-text.ts';

const releases = new TextMutator(['6.1', '5.10', '4.14', '6.18.44-fc'], ['.', '-rc1', ' ', '0', 'v']);

fuzz('kernel release', {
  input: (random) => releases.text(random),
  read: (text) => {
    const release = parseKernelRelease(text);
    demand(
      release === undefined || `${release.major}.${release.minor}`.length <= text.length,
      'another release',
    );
    return release !== undefined;
  },
});
