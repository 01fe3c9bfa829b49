import { hasErrors } from '../../../policy/diagnostic.ts';
import type { Action } from '../../action.ts';
import type { Exporter } from '../imported.ts';
import { Problems } from '../problems.ts';
import { ociActionName } from './action.ts';
import { OCI_MACHINE } from './machine.ts';
import { profileOf } from './profile.ts';
import type { ProfileEntry, ProfileTest } from './profile-rules.ts';

/** Writes a profile for Docker, Podman, runc and crun: JSON, in which numbers have all their digits. */
export const exportOci: Exporter = (filter) => {
  const problems = new Problems();
  const entries = profileOf(filter, problems);
  const { diagnostics } = problems;
  if (hasErrors(diagnostics)) return { content: undefined, diagnostics };
  const lines = [
    ...actionLines('defaultAction', 'defaultErrnoRet', filter.default),
    `"architectures": ["${OCI_MACHINE[filter.architecture].scmp}"]`,
    `"syscalls": [\n${entries.map(entryText).join(',\n')}\n  ]`,
  ];
  return { content: `{\n${lines.map((line) => `  ${line}`).join(',\n')}\n}\n`, diagnostics };
};

function actionLines(key: string, errnoKey: string, action: Action): readonly string[] {
  const name = `"${key}": "${ociActionName(action)}"`;
  switch (action.kind) {
    case 'errno':
      return [name, `"${errnoKey}": ${action.errno}`];
    case 'trace':
      return [name, `"${errnoKey}": ${action.data}`];
    default:
      return [name];
  }
}

function entryText({ names, action, tests }: ProfileEntry): string {
  const quoted = names.map((name) => JSON.stringify(name));
  const list =
    names.length === 1
      ? `[${quoted.join()}]`
      : `[\n${quoted.map((name) => `        ${name}`).join(',\n')}\n      ]`;
  const lines = [
    `"names": ${list}`,
    ...actionLines('action', 'errnoRet', action),
    ...(tests.length === 0 ? [] : [`"args": [${tests.map(testText).join(', ')}]`]),
  ];
  return `    {\n${lines.map((line) => `      ${line}`).join(',\n')}\n    }`;
}

/** 64-bit numbers are written from their digits: a JavaScript number would lose the last ones. */
function testText({ index, value, valueTwo, op }: ProfileTest): string {
  const second = valueTwo === undefined ? '' : `, "valueTwo": ${valueTwo}`;
  return `{ "index": ${index}, "value": ${value}${second}, "op": "${op}" }`;
}
