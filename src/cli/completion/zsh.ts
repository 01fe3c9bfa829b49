import type { Candidates } from './candidates.ts';
import { type CompletedCommand, type CompletedOption, spellings } from './completed-command.ts';

/** The completion of zsh: a function to autoload from a file `_portcullis`, which can be sourced as well. */
export function zshScript(commands: readonly CompletedCommand[], global: readonly CompletedOption[]): string {
  return `#compdef portcullis
# zsh completion for portcullis, printed by 'portcullis completion zsh'. It starts no program.

_portcullis_policies() {
  _files -g '*.(yaml|yml)' "$@"
}

# NAME=VALUE, of which the names are known.
_portcullis_entries() {
  if compset -P '*='; then _message value; else compadd -S = "$@"; fi
}

# What follows -- is a command line of its own.
_portcullis_command_line() {
  local -i separator=\${words[(i)--]}
  (( separator < CURRENT )) || return 1
  shift $separator words
  (( CURRENT -= separator ))
  _normal
}

${commands.map(commandFunction).join('\n')}
_portcullis() {
  local curcontext=$curcontext state state_descr line
  typeset -A opt_args
  # Not named commands: that is the shell's own table of programs.
  local -a known=(
${commands.map(({ name, describe }) => `    ${quoted(`${name}:${describe}`)}`).join('\n')}
  )
  _arguments -C \\
${global
  .flatMap((option) => optionSpecs(option, true))
  .map((spec) => `    ${spec} \\\n`)
  .join('')}    '(-): :->command' \\
    '(-)*:: :->arguments'
  case $state in
    command) _describe -t commands command known ;;
    arguments) (( \${+functions[_portcullis_\${words[1]}]} )) && _portcullis_\${words[1]} ;;
  esac
}

if [[ $funcstack[1] == _portcullis ]]; then _portcullis "$@"; else compdef _portcullis portcullis; fi
`;
}

function commandFunction({
  name,
  options,
  arguments: described,
  takesCommandLine,
}: CompletedCommand): string {
  const specs = [
    ...options.flatMap((option) => optionSpecs(option, option.name === 'help' || option.name === 'version')),
    ...described.map(({ describe, candidates, repeats }, index) =>
      quoted(`${repeats ? '*' : index + 1}:${escaped(describe)}:${actionOf(candidates)}`),
    ),
  ];
  const before = takesCommandLine ? '  _portcullis_command_line && return\n' : '';
  return `_portcullis_${name}() {\n${before}  _arguments -S \\\n${specs.map((spec) => `    ${spec}`).join(' \\\n')}\n}\n`;
}

/** Specifications of _arguments; see zshcompsys(1). `alone`: no other option is offered beside it. */
function optionSpecs(option: CompletedOption, alone: boolean): readonly string[] {
  const { name, alias, describe, negation, value, repeats } = option;
  const both = spellings(option);
  const negated = negation === undefined ? [] : [`--no-${name}`];
  const rivals = alone
    ? '(- : *)'
    : repeats || both.length + negated.length === 1
      ? ''
      : `(${[...both, ...negated].join(' ')})`;
  const text = `[${escaped(describe)}]`;
  const what = value === undefined ? '' : `:${escaped(value.name)}:${actionOf(value.candidates)}`;
  const long = value === undefined ? `--${name}` : `--${name}=`;
  const short = alias === undefined ? [] : [value === undefined ? `-${alias}` : `-${alias}+`];
  return [
    ...[...short, long].map((spelling) => quoted(`${repeats ? '*' : rivals}${spelling}${text}${what}`)),
    ...negated.map((spelling) => quoted(`${rivals}${spelling}[${escaped(negation ?? '')}]`)),
  ];
}

function actionOf(candidates: Candidates): string {
  switch (candidates.kind) {
    case 'nothing':
      return ' ';
    case 'policy':
      return '_portcullis_policies';
    case 'file':
      return '_files';
    case 'directory':
      return '_files -/';
    case 'user':
      return '_users';
    case 'group':
      return '_groups';
    case 'variable':
      return '_parameters -g "*export*"';
    case 'words':
      return `(${candidates.words.join(' ')})`;
    case 'names':
      return `_portcullis_entries ${candidates.names.join(' ')}`;
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[[\]:\\]/g, (character) => `\\${character}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
