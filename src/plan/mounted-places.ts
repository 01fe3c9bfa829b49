import { type Data, readField } from './data.ts';
import { dataOf, numberOf, textOf } from './operand-values.ts';
import type { CallStep, Slot, Step } from './step.ts';
import type { Violation } from './violation.ts';
import type { WritePlace } from './write-places.ts';

// Sources: include/uapi/linux/sched.h, mount.h, openat2.h, fcntl.h and landlock.h.
const CLONE_NEWNS = 0x2_0000n;
const MS_PRIVATE = 0x4_0000n;
const MS_PRIVATE_TREE = 0x4000n | MS_PRIVATE;
const NO_LINKS = 0x2n | 0x4n;
const CLONE_TREE = 0x1n | 0x8000n;
const RECURSIVE = 0x8000n;
/** MOUNT_ATTR_* and, with the same numbers, ST_*. */
const NOSUID_NODEV = 0x2n | 0x4n;
const NOEXEC = 0x8n;
/** LANDLOCK_ACCESS_FS_WRITE_FILE and _TRUNCATE: all that is said of a file and not of a directory. */
const OF_A_FILE = (1n << 1n) | (1n << 14n);
const STATFS_FLAGS = 80;

/** A descriptor on a directory, or on a copy of the mounts at and below it. */
interface Opened {
  readonly path: string;
  readonly copied: boolean;
  /** What mount_setattr(2) has set on the whole copy. */
  readonly attributes: bigint;
  readonly mounted: boolean;
}

/** The directories that the service may write to, and what has been mounted over them. */
export class MountedPlaces {
  readonly #places: readonly WritePlace[];
  readonly #opened = new Map<Slot, Opened>();
  readonly #readBack = new Set<string>();
  #ownNamespace = false;
  #private = false;

  constructor(places: readonly WritePlace[]) {
    this.#places = places;
  }

  /** What must hold of a process that stays or becomes the service. */
  problems(): readonly Violation[] {
    return this.#places
      .filter(({ path }) => !this.#readBack.has(path))
      .map(({ path }) => broken(`nothing reads back what is mounted over ${path}`));
  }

  execute(step: Step): readonly Violation[] {
    if (step.verb !== 'call') return [];
    switch (step.call) {
      case 'unshare':
        this.#ownNamespace ||= (numberOf(step, 0) & CLONE_NEWNS) !== 0n;
        return [];
      case 'mount':
        this.#private ||=
          this.#ownNamespace &&
          textOf(dataOf(step, 1)) === '/' &&
          numberOf(step, 3) === MS_PRIVATE_TREE &&
          step.tolerate.length === 0;
        return [];
      case 'chroot':
        return this.#opened.size === 0 ? [] : [broken('directories of another root were opened before')];
      case 'openat2':
        return this.#open(step);
      case 'open_tree':
        return this.#copy(step);
      case 'mount_setattr':
        return this.#set(step);
      case 'move_mount':
        return this.#mount(step);
      case 'statfs':
        return this.#compare(step);
      case 'landlock_add_rule':
        return this.#allow(step);
      default:
        return [];
    }
  }

  #open(step: CallStep): readonly Violation[] {
    const path = textOf(dataOf(step, 1));
    const how = dataOf(step, 2);
    if (step.store !== undefined)
      this.#opened.set(step.store, { path, copied: false, attributes: 0n, mounted: false });
    if (how !== undefined && readField(how, 16, 8) === NO_LINKS) return [];
    return [broken(`${path} is opened over links, which somebody may change`)];
  }

  #copy(step: CallStep): readonly Violation[] {
    const from = this.#at(step, 0);
    if (from === undefined || step.store === undefined) return [broken('what is copied was not opened')];
    this.#opened.set(step.store, { ...from, copied: true });
    if ((numberOf(step, 2) & CLONE_TREE) === CLONE_TREE) return [];
    return [broken(`what is mounted below ${from.path} is not copied`)];
  }

  #set(step: CallStep): readonly Violation[] {
    const copy = this.#at(step, 0);
    const change = dataOf(step, 3);
    if (copy?.copied !== true || change === undefined) return [broken('what is changed is no copy')];
    const wanted = (numberOf(step, 2) & RECURSIVE) !== 0n && readField(change, 16, 8) === MS_PRIVATE;
    if (!wanted || readField(change, 8, 8) !== 0n)
      return [broken(`not all that is mounted at ${copy.path} is changed, or more than that`)];
    this.#replace(step, { ...copy, attributes: readField(change, 0, 8) });
    return [];
  }

  #mount(step: CallStep): readonly Violation[] {
    const copy = this.#at(step, 0);
    const over = this.#at(step, 2);
    if (copy?.copied !== true || over?.path !== copy.path)
      return [broken('a directory is mounted somewhere else than over itself')];
    this.#replace(step, { ...copy, mounted: true });
    return [
      ...(this.#private ? [] : [broken(`${copy.path} is mounted where the host may see it`)]),
      ...this.#lacking(copy.path, copy.attributes),
    ];
  }

  #compare(step: CallStep): readonly Violation[] {
    const path = textOf(dataOf(step, 0));
    const found = dataOf(step, 1);
    const check = step.checks.find(({ data, offset }) => data === found && offset === STATFS_FLAGS);
    const lacking = this.#lacking(path, check === undefined ? 0n : check.mask & check.equals);
    const isThere = [...this.#opened.values()].some((opened) => opened.mounted && opened.path === path);
    if (isThere && lacking.length === 0) this.#readBack.add(path);
    return lacking;
  }

  /** More than to write to a file: everything below a directory. */
  #allow(step: CallStep): readonly Violation[] {
    const rule = dataOf(step, 2);
    if (rule === undefined || (readField(rule, 0, 8) & ~OF_A_FILE) === 0n) return [];
    if (this.#opened.get(slotIn(rule) ?? '')?.mounted === true) return [];
    return [broken(`${step.operands[2]?.text ?? ''} may be written to, and nothing is mounted over it`)];
  }

  #lacking(path: string, attributes: bigint): readonly Violation[] {
    const place = this.#places.find((candidate) => candidate.path === path);
    if (place === undefined) return [broken(`the policy does not let the service write to ${path}`)];
    const wanted = place.runs ? NOSUID_NODEV : NOSUID_NODEV | NOEXEC;
    return (attributes & wanted) === wanted ? [] : [broken(`what is written below ${path} may be executed`)];
  }

  #at(step: CallStep, index: number): Opened | undefined {
    const operand = step.operands[index];
    return operand?.kind === 'slot' ? this.#opened.get(operand.slot) : undefined;
  }

  #replace(step: CallStep, by: Opened): void {
    const operand = step.operands[0];
    if (operand?.kind === 'slot') this.#opened.set(operand.slot, by);
  }
}

function slotIn(data: Data): Slot | undefined {
  return data.patches.flatMap(({ source }) => (source.kind === 'slot' ? [source.slot] : []))[0];
}

function broken(message: string): Violation {
  return { invariant: 'writing', message };
}
