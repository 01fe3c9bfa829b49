import type { Candidates } from './candidates.ts';
import { type CompletedCommand, type CompletedOption, followed, spellings } from './completed-command.ts';

/** The completion of bash: one function, registered by `complete -F`. */
export function bashScript(
  commands: readonly CompletedCommand[],
  global: readonly CompletedOption[],
): string {
  const wrapping = commands.filter(({ takesCommandLine }) => takesCommandLine);
  return `# bash completion for portcullis, printed by 'portcullis completion bash'. It starts no program.

# The options of a command; of none, the global ones.
_portcullis_options() {
  case $1 in
${commands.map((command) => `    ${command.name}) echo '${optionWords(command.options)}' ;;`).join('\n')}
    *) echo '${optionWords(global)}' ;;
  esac
}

# What a command's option or argument may be, beginning with the word. Fails for an option without a value.
_portcullis_values() {
  case "$1 $2" in
${valueCases(commands)}
    *) return 1 ;;
  esac
}

# Whether a word is an argument of a command that another argument follows.
_portcullis_first() {
  case "$1 $2" in
${followedCases(commands)}
    *) return 1 ;;
  esac
}

_portcullis_names() {
  [[ $1 == *=* ]] && return
  compopt -o nospace 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -S = -W "$2" -- "$1")
}

_portcullis_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "\${@:2}" -- "$1")
}

_portcullis_policies() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen -d -- "$1"; compgen -f -X '!*.yaml' -- "$1"; compgen -f -X '!*.yml' -- "$1")
}

_portcullis() {
  local word words=() rest=\${COMP_LINE:0:COMP_POINT}
  # Bash cuts words at = : and @ as well; pieces that touch are one word here.
  for word in "\${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
    if ((\${#words[@]} == 0)) || [[ $rest == [[:space:]]* ]]; then words+=(''); fi
    rest=\${rest#"\${rest%%[![:space:]]*}"}
    words[-1]+=\${word:0:\${#rest}}
    rest=\${rest:\${#word}}
  done

  local current=\${words[-1]} command='' place=0 separator=0
  for word in "\${words[@]:1:\${#words[@]}-2}"; do
    ((place += 1))
    if [[ $word == -- ]]; then separator=$place; break; fi
    if [[ -z $command && $word != -* ]]; then command=$word; fi
  done

  COMPREPLY=()
  local value=$current option=\${words[-2]}
  if [[ $current == --*=* ]]; then option=\${current%%=*} value=\${current#*=}; fi
  case $command in ${wrapping.map(({ name }) => name).join(' | ')}) ;; *) separator=0 ;; esac
  if ((separator == \${#words[@]} - 2 && separator > 0)); then
    _portcullis_files "$current" -c
  elif ((separator > 0)); then
    _portcullis_files "$current" -f
  elif [[ $option == -* ]] && _portcullis_values "$command" "$option" "$value"; then
    :
  elif [[ $current == --*=* ]]; then
    mapfile -t COMPREPLY < <(compgen -W 'true false' -- "$value")
  elif [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_portcullis_options "$command")" -- "$current")
  elif [[ -z $command ]]; then
    mapfile -t COMPREPLY < <(compgen -W '${commands.map(({ name }) => name).join(' ')}' -- "$current")
  else
    local argument=argument
    for word in "\${words[@]:2:\${#words[@]}-3}"; do
      if _portcullis_first "$command" "$word"; then argument=second; fi
    done
    _portcullis_values "$command" "$argument" "$current"
  fi

  # Bash keeps what stands before its own piece of the word, which is $2.
  local index before=\${current%"$value"} kept=\${current%"$2"}
  for index in "\${!COMPREPLY[@]}"; do
    word=$before\${COMPREPLY[index]}
    COMPREPLY[index]=\${word#"$kept"}
  done
}

complete -F _portcullis portcullis
`;
}

function optionWords(options: readonly CompletedOption[]): string {
  return options
    .flatMap((option) => [
      ...spellings(option),
      ...(option.negation === undefined ? [] : [`--no-${option.name}`]),
    ])
    .join(' ');
}

function followedCases(commands: readonly CompletedCommand[]): string {
  const places = commands.flatMap((command) =>
    (followed(command)?.words ?? []).map((word) => `'${command.name} ${word}'`),
  );
  return `    ${places.join(' | ')}) return 0 ;;`;
}

/** One case for all places where the same can stand. */
function valueCases(commands: readonly CompletedCommand[]): string {
  const places = new Map<string, string[]>();
  const add = (candidates: Candidates, place: string): void => {
    const action = actionOf(candidates);
    places.set(action, [...(places.get(action) ?? []), `'${place}'`]);
  };
  for (const command of commands) {
    const { name, options } = command;
    const [first] = command.arguments;
    const pair = followed(command);
    add(first.candidates, `${name} argument`);
    if (pair !== undefined) add(pair.second.candidates, `${name} second`);
    for (const option of options)
      if (option.value !== undefined)
        for (const spelling of spellings(option)) add(option.value.candidates, `${name} ${spelling}`);
  }
  return [...places]
    .map(([action, patterns]) => `    ${patterns.join(' | ')})\n      ${action} ;;`)
    .join('\n');
}

function actionOf(candidates: Candidates): string {
  const words = (flags: string): string => `mapfile -t COMPREPLY < <(compgen ${flags} -- "$3")`;
  switch (candidates.kind) {
    case 'nothing':
      return ':';
    case 'policy':
      return '_portcullis_policies "$3"';
    case 'file':
      return '_portcullis_files "$3" -f';
    case 'directory':
      return '_portcullis_files "$3" -d';
    case 'user':
      return words('-u');
    case 'group':
      return words('-g');
    case 'variable':
      return words('-e');
    case 'words':
      return words(`-W '${candidates.words.join(' ')}'`);
    case 'names':
      return `_portcullis_names "$3" '${candidates.names.join(' ')}'`;
  }
}
