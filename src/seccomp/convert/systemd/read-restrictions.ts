import type { Span } from '../../../policy/diagnostic.ts';
import { nearest } from '../../../policy/nearest.ts';
import type { Action } from '../../action.ts';
import { NAMESPACE_FLAGS } from '../namespace-flags.ts';
import type { Problems } from '../problems.ts';
import { CallListReader, readRefusal } from './call-list.ts';
import { canonicalFamily, FAMILY_NAMES } from './families.ts';
import { ALL_NAMESPACES } from './namespaces.ts';
import { type FamilyList, type Restrictions, SWITCHES, type Switch } from './restrictions.ts';
import type { Assignment, PlacedText } from './unit-file.ts';
import { readBoolean, readWords } from './words.ts';

const ARCHITECTURES: readonly string[] = [
  ...[
    'native',
    'x86',
    'x86-64',
    'x32',
    'arm',
    'arm64',
    'loongarch64',
    'mips',
    'mips-le',
    'mips64',
    'mips64-le',
  ],
  ...[
    'mips64-n32',
    'mips64-le-n32',
    'parisc',
    'parisc64',
    'ppc',
    'ppc64',
    'ppc64-le',
    'riscv64',
    's390',
    's390x',
  ],
];

const KILL: Action = { kind: 'kill_process' };

/** The directives that say something about system calls. */
export function isFilterDirective(key: string): boolean {
  return RestrictionsReader.directives.has(key);
}

/** Gathers directives in the order of the file, as `src/core/load-fragment.c` of systemd does. */
export class RestrictionsReader {
  static readonly directives: ReadonlySet<string> = new Set([
    ...SWITCHES,
    ...['SystemCallFilter', 'SystemCallLog', 'SystemCallErrorNumber', 'SystemCallArchitectures'],
    ...['RestrictAddressFamilies', 'RestrictNamespaces', 'Personality', 'NoNewPrivileges'],
  ]);

  readonly #problems: Problems;
  readonly #calls: CallListReader;
  readonly #logged: CallListReader;
  #refusal: Action = KILL;
  readonly #architectures = new Map<string, Span>();
  #familiesAreNone = false;
  #families: { allow: boolean; families: Set<string> } | undefined;
  #namespaces: Set<string> | undefined;
  readonly #switches = new Map<Switch, Span>();
  #personality: Restrictions['personality'] = 'PER_LINUX';

  constructor(problems: Problems) {
    this.#problems = problems;
    this.#calls = new CallListReader('SystemCallFilter', problems);
    this.#logged = new CallListReader('SystemCallLog', problems);
  }

  get result(): Restrictions {
    const families: FamilyList | undefined =
      this.#families?.allow === true || (this.#families?.families.size ?? 0) > 0 ? this.#families : undefined;
    return {
      calls: this.#calls.result,
      logged: this.#logged.result,
      refusal: this.#refusal,
      architectures: this.#architectures,
      families,
      namespaces: this.#namespaces,
      switches: this.#switches,
      personality: this.#personality,
    };
  }

  assign(assignment: Assignment): void {
    const key = assignment.key.text;
    const switched = SWITCHES.find((candidate) => candidate === key);
    if (switched !== undefined) {
      this.#assignSwitch(switched, assignment);
      return;
    }
    switch (key) {
      case 'SystemCallFilter':
        this.#calls.assign(assignment);
        break;
      case 'SystemCallLog':
        this.#logged.assign(assignment);
        break;
      case 'SystemCallErrorNumber':
        this.#assignRefusal(assignment);
        break;
      case 'SystemCallArchitectures':
        this.#assignArchitectures(assignment);
        break;
      case 'RestrictAddressFamilies':
        this.#assignFamilies(assignment);
        break;
      case 'RestrictNamespaces':
        this.#assignNamespaces(assignment);
        break;
      case 'Personality':
        this.#assignPersonality(assignment);
        break;
      default:
        this.#assignNoNewPrivileges(assignment);
    }
  }

  #assignSwitch(name: Switch, assignment: Assignment): void {
    const on = assignment.value === '' ? false : this.#boolean(assignment);
    if (on === true) this.#switches.set(name, assignment.key.span);
    if (on === false) this.#switches.delete(name);
  }

  #assignNoNewPrivileges(assignment: Assignment): void {
    if (assignment.value !== '') this.#boolean(assignment);
  }

  #boolean(assignment: Assignment): boolean | undefined {
    const { value } = assignment;
    const on = readBoolean(value);
    if (on === undefined) {
      const help = value.includes('%') ? 'systemd replaces no specifier here' : undefined;
      this.#problems.error(
        'not-a-boolean',
        `${assignment.key.text}= is yes or no, not '${value}'`,
        whole(assignment),
        help,
      );
    }
    return on;
  }

  #assignRefusal(assignment: Assignment): void {
    const { value } = assignment;
    const refusal = value === '' ? KILL : readRefusal(value);
    if (refusal === undefined || (refusal.kind === 'errno' && refusal.errno === 0)) {
      const help = 'write the name of an errno such as EPERM, its number, or kill';
      this.#problems.error('unknown-errno', `'${value}' is no errno`, whole(assignment), help);
      return;
    }
    this.#refusal = refusal;
  }

  #assignArchitectures(assignment: Assignment): void {
    if (assignment.value === '') this.#architectures.clear();
    for (const word of readWords(assignment, 'quotes').words) {
      if (ARCHITECTURES.includes(word.text)) this.#architectures.set(word.text, word.span);
      else this.#unknownWord('unknown-architecture', 'no architecture is named', word, ARCHITECTURES);
    }
  }

  #assignFamilies(assignment: Assignment): void {
    const { value } = assignment;
    if (value === '' || value === 'none') {
      this.#families = value === '' ? undefined : { allow: true, families: new Set() };
      this.#familiesAreNone = value === 'none';
      return;
    }
    const { inverted, words } = readWords(assignment, 'quotes');
    if (this.#families === undefined || this.#familiesAreNone) {
      this.#families = { allow: !inverted, families: new Set() };
      this.#familiesAreNone = false;
    }
    for (const word of words) {
      if (!FAMILY_NAMES.includes(word.text)) {
        this.#unknownWord('unknown-address-family', 'no address family is named', word, FAMILY_NAMES);
      } else if (inverted !== this.#families.allow) {
        this.#families.families.add(canonicalFamily(word.text));
      } else {
        this.#families.families.delete(canonicalFamily(word.text));
      }
    }
  }

  #assignNamespaces(assignment: Assignment): void {
    const { value } = assignment;
    const all = readBoolean(value);
    if (value === '' || all !== undefined) {
      this.#namespaces = value === '' ? undefined : new Set(all === true ? [] : ALL_NAMESPACES);
      return;
    }
    const { inverted, words } = readWords(assignment, 'quotes');
    const names: string[] = [];
    for (const word of words) {
      if (NAMESPACE_FLAGS.has(word.text)) names.push(word.text);
      else
        this.#unknownWord('unknown-namespace', 'no kind of namespace is named', word, [
          ...NAMESPACE_FLAGS.keys(),
        ]);
    }
    this.#namespaces ??= new Set(inverted ? ALL_NAMESPACES : []);
    for (const name of names) {
      if (inverted) this.#namespaces.delete(name);
      else this.#namespaces.add(name);
    }
  }

  #assignPersonality(assignment: Assignment): void {
    if (assignment.value === '') {
      this.#personality = 'PER_LINUX';
    } else if (ARCHITECTURES.includes(assignment.value)) {
      this.#personality = /^(?:x86|arm|mips|mips-le|ppc|s390|parisc)$/.test(assignment.value)
        ? 'PER_LINUX32'
        : 'PER_LINUX';
    } else {
      const word = { text: assignment.value, span: whole(assignment) };
      this.#unknownWord('unknown-architecture', 'no architecture is named', word, ARCHITECTURES);
    }
  }

  #unknownWord(code: string, what: string, word: PlacedText, known: readonly string[]): void {
    const close = nearest(word.text, known);
    const help = word.text.includes('%')
      ? 'systemd replaces no specifier here'
      : close === undefined
        ? undefined
        : `did you mean '${close}'?`;
    this.#problems.error(
      code,
      `${what} '${word.text}'; systemd ignores the word, so it would not do what it says`,
      word.span,
      help,
    );
  }
}

function whole(assignment: Assignment): Span {
  return assignment.at(0, Math.max(1, assignment.value.length));
}
