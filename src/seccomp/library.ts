/**
 * The exports of `portcullis/seccomp`: filters as data, from text to program and back. The library needs no system calls, no
 * Node and no package, so it runs in any JavaScript runtime.
 */
import './library/check-runtime.ts';

export { ARCHITECTURES, type Architecture } from '../kernel/architecture.ts';
export type { Diagnostic, Span } from '../policy/diagnostic.ts';
export type { Action } from './action.ts';
export { type Assembled, type AssembleOptions, assemble } from './bpf/assemble.ts';
export { type Block, blocksOf } from './bpf/blocks.ts';
export { type CacheObstacle, cacheObstacle } from './bpf/cache.ts';
export { checkInstructions as checkProgram, type ProgramProblem } from './bpf/check-instructions.ts';
export { type DecodedProgram, decodeProgram } from './bpf/decode-program.ts';
export { disassemble, type ListedInstruction, listInstructions } from './bpf/disassemble.ts';
export { dotGraph } from './bpf/dot.ts';
export { encodeProgram } from './bpf/encode-program.ts';
export type { Instruction, Program } from './bpf/instruction.ts';
export { type CallData, type Run, trace } from './bpf/simulate.ts';
export { type StackRun, simulateStack } from './bpf/simulate-stack.ts';
export { compileFilter as compile, FilterTooLargeError } from './compile/compile-filter.ts';
export type { Comparison, Condition } from './condition.ts';
export {
  EXPORT_FORMATS,
  type ExportFormat,
  IMPORT_FORMATS,
  type ImportFormat,
} from './convert/format-names.ts';
export type { Exported, ImportedFilter, ImportedRule } from './convert/imported.ts';
export type { Direction } from './diff/diff-filters.ts';
export type { DifferenceText } from './diff/diff-text.ts';
export type { Filter, Rule } from './filter.ts';
export { OWN_GROUP_NAMES, ownGroup } from './groups/own-groups.ts';
export { actionText } from './language/action-text.ts';
export { conditionText } from './language/condition-text.ts';
export {
  type Comparison as FilterComparison,
  compareDeciders as diff,
  type Decider,
} from './library/compare.ts';
export {
  exportFilter,
  type ImportedSource,
  type ImportFilterOptions,
  importFilter,
} from './library/convert.ts';
export {
  type FilterSource,
  type ParsedFilter,
  type ParseFilterOptions,
  parseFilter,
} from './library/parse-filter.ts';
export { type ProofInWords, prove } from './library/prove.ts';
export { type Call, simulateCall as simulate } from './library/simulate-call.ts';
export { TooComplexToSayError } from './lift/too-complex.ts';
export type { Difference as CounterExample, Proof } from './prove/prove-filter.ts';
export { TooLargeToProveError } from './prove/too-large.ts';
