import type { CommandDescription } from '../arguments/command-description.ts';
import { EXIT } from '../exit.ts';

export const completionCommand: CommandDescription = {
  name: 'completion',
  describe: 'print a script that completes portcullis in a shell',
  synopsis: ['bash|zsh|fish'],
  detail: [
    'Prints a script that teaches the shell the commands, options and values of portcullis. It has the same tables as --help, so TAB starts no program.',
    'Write it where your shell looks for completions, as the examples do, and start a new shell. You may have to make the directory first. In zsh the directory must be in fpath before compinit is called. To try the script in a running bash: source <(portcullis completion bash).',
    'The scripts are for bash 4.4, zsh 5.8 and fish 3.4, or newer.',
  ],
  positionals: [
    {
      name: 'SHELL',
      describe: 'the shell that the script is for',
      required: true,
      variadic: false,
      value: { words: ['bash', 'zsh', 'fish'] },
    },
  ],
  options: [],
  examples: [
    {
      line: 'portcullis completion bash | sudo tee /etc/bash_completion.d/portcullis',
      describe: 'for every user of bash, where the package bash-completion is installed',
    },
    {
      line: 'portcullis completion bash > ~/.local/share/bash-completion/completions/portcullis',
      describe: 'for one user of bash, with that package',
    },
    {
      line: 'portcullis completion zsh > ~/.zfunc/_portcullis',
      describe: 'for one user of zsh, with fpath+=(~/.zfunc) before compinit in .zshrc',
    },
    {
      line: 'portcullis completion fish > ~/.config/fish/completions/portcullis.fish',
      describe: 'for one user of fish',
    },
  ],
  exitCodes: [
    { code: EXIT.fine, describe: 'the script was printed' },
    { code: EXIT.usage, describe: 'wrong usage' },
  ],
  files: [
    { name: '/etc/bash_completion.d/portcullis', describe: 'read by the package bash-completion' },
    {
      name: '~/.local/share/bash-completion/completions/portcullis',
      describe: 'read by the package bash-completion for one user',
    },
    { name: '~/.config/fish/completions/portcullis.fish', describe: 'read by fish' },
  ],
  seeAlso: ['bash(1)', 'zshcompsys(1)', 'fish(1)'],
  failureCode: EXIT.usage,
  run: async (given) => {
    const { completionScript } = await import('../completion/completion-script.ts');
    process.stdout.write(completionScript(given.positionals[0]));
  },
};
