import type { Candidates } from './candidates.ts';
import { type CompletedCommand, type CompletedOption, followed } from './completed-command.ts';

/** The completion of fish: one line for each thing that it can offer. */
export function fishScript(
  commands: readonly CompletedCommand[],
  global: readonly CompletedOption[],
): string {
  const wrapping = commands.filter(({ takesCommandLine }) => takesCommandLine).map(({ name }) => name);
  return `# fish completion for portcullis, printed by 'portcullis completion fish'. It starts no program.

# Whether one of these commands is being written; without arguments, whether there is no command yet.
function __portcullis_in
    set -l words (commandline -opc)[2..]
    if set -l separator (contains -i -- -- $words)
        set words $words[1..$separator]
    end
    set -l command (string match -v -- '-*' $words)[1]
    test (count $argv) -eq 0 -a -z "$command"; or contains -- "$command" $argv
end

# Whether one of these words stands before what is being written.
function __portcullis_after
    for word in (commandline -opc)[2..]
        contains -- $word $argv; and return
    end
    return 1
end

# Whether what is being written follows --, behind which stands a command line of its own.
function __portcullis_wrapping
    __portcullis_in ${wrapping.join(' ')}; and contains -- -- (commandline -opc)
end

function __portcullis_command_line
    set -l words (commandline -opc)
    set -l separator (contains -i -- -- $words)
    complete -C "$(string join ' ' -- (string escape -- $words[(math $separator + 1)..]) (commandline -ct))"
end

# Policies, and the directories on the way to them.
function __portcullis_policies
    set -l word (string replace -r '^--[^=]*=' '' -- (commandline -ct))
    string match -r -- '^.*(?:/|\\.ya?ml)$' (complete -C "__portcullis_file $word")
end

complete -c portcullis -f
complete -c portcullis -n __portcullis_wrapping -xa '(__portcullis_command_line)'

${global.flatMap((option) => optionLines('__portcullis_in', option)).join('\n')}
${commands.map(({ name, describe }) => `complete -c portcullis -n __portcullis_in -xa ${name} -d ${quoted(describe)}`).join('\n')}

${commands.map(commandLines).join('\n\n')}
`;
}

function commandLines(command: CompletedCommand): string {
  const { name, options, takesCommandLine } = command;
  const [first] = command.arguments;
  const pair = followed(command);
  const condition = quoted(`__portcullis_in ${name}`);
  const offers = (more: string, candidates: Candidates): readonly string[] => {
    const offered = offer(candidates);
    const own = quoted(`__portcullis_in ${name}${more}`);
    return offered === '' ? [] : [`complete -c portcullis -n ${own} ${offered}`];
  };
  const seen = `__portcullis_after ${pair?.words.join(' ') ?? ''}`;
  const wrapped = takesCommandLine ? '; and not __portcullis_wrapping' : '';
  return [
    ...offers(pair === undefined ? wrapped : `; and not ${seen}`, first.candidates),
    ...(pair === undefined ? [] : offers(`; and ${seen}`, pair.second.candidates)),
    ...options.flatMap((option) => optionLines(condition, option)),
  ].join('\n');
}

function optionLines(condition: string, option: CompletedOption): readonly string[] {
  const { name, alias, describe, negation, value } = option;
  const start = `complete -c portcullis -n ${condition}`;
  const short = alias === undefined ? '' : ` -s ${alias}`;
  const what = value === undefined ? '' : ` ${offer(value.candidates) || '-x'}`;
  return [
    `${start}${short} -l ${name}${what} -d ${quoted(describe)}`,
    ...(negation === undefined ? [] : [`${start} -l no-${name} -d ${quoted(negation)}`]),
  ];
}

function offer(candidates: Candidates): string {
  switch (candidates.kind) {
    case 'nothing':
      return '';
    case 'policy':
      return "-xa '(__portcullis_policies)'";
    case 'file':
      return '-rF';
    case 'directory':
      return "-xa '(__fish_complete_directories)'";
    case 'user':
      return "-xa '(__fish_complete_users)'";
    case 'group':
      return "-xa '(__fish_complete_groups)'";
    case 'variable':
      return "-xa '(set -nx)'";
    case 'words':
      return `-xa ${quoted(candidates.words.join(' '))}`;
    case 'names':
      return `-xa ${quoted(candidates.names.map((name) => `${name}=`).join(' '))}`;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
