import { ConfineError } from '../../src/confine/confine-error.ts';
import { readFilterOption } from '../../src/confine/confine-filter.ts';
import { readRlimits } from '../../src/confine/rlimits.ts';
import { demand, demandMessage } from '../support/fuzz/demands.ts';
import { fuzz } from '../support/fuzz/fuzz.ts';
import { TextMutator } from '../support/fuzz/mutate-text.ts';

/** Options come from a program, often from a file of its user's. */
const options = new TextMutator(
  [
    '{"filter":{"rules":["read","write(fd == 1)"],"default":"errno(EPERM)","kernel":"6.1","groups":{"@a":["read"]}},"rlimits":{"nofile":64}}',
    '{"filter":"@node\\n# text\\nopenat(flags & O_ACCMODE == O_RDONLY)","rlimits":{"cpu":{"soft":1,"hard":2},"as":"infinity"}}',
    '{"filter":["read","kill -> log"],"rlimits":{}}',
  ],
  [
    '-1',
    '1.5',
    '1e300',
    '9007199254740993',
    '"infinity"',
    '"soft"',
    '"core"',
    '"__proto__"',
    'NULL',
    'trap',
    ' -> ',
  ],
);

fuzz('confine options', {
  input: (random) => options.text(random),
  read: (text) => {
    const given = shaped(text);
    if (given === undefined) return false;
    try {
      readFilterOption(given.filter, 'x86_64');
      readRlimits(given.rlimits);
      return true;
    } catch (error) {
      if (!(error instanceof ConfineError)) throw error;
      demandMessage(error.message);
      demand(error.step === 'options', `refused in step ${error.step}`);
      return false;
    }
  },
});

type Options = {
  readonly filter: Parameters<typeof readFilterOption>[0];
  readonly rlimits: Parameters<typeof readRlimits>[0];
};

/** What has the shape that the types demand; of anything else a compiler warns. */
function shaped(text: string): Options | undefined {
  try {
    const { filter, rlimits } = JSON.parse(text);
    const rules = filter?.rules ?? filter;
    const listed =
      typeof rules === 'string' || (Array.isArray(rules) && rules.every((rule) => typeof rule === 'string'));
    const texts = [filter?.default ?? '', filter?.kernel ?? ''].every((each) => typeof each === 'string');
    const groups = filter?.groups ?? {};
    const named =
      typeof groups === 'object' &&
      groups !== null &&
      Object.values(groups).every(
        (list) => Array.isArray(list) && list.every((rule) => typeof rule === 'string'),
      );
    return listed && texts && named && typeof rlimits === 'object' && rlimits !== null
      ? { filter, rlimits }
      : undefined;
  } catch {
    return undefined;
  }
}
