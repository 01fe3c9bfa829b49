import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dialogue, type Place, type RoundsService } from '../service.ts';

/** The script of a service that answers a line. */
function greeter(
  name: string,
  packages: readonly string[],
  program: string,
  script: string,
  more: Partial<RoundsService> & { readonly args?: readonly string[] } = {},
): RoundsService {
  const { args = [], ...others } = more;
  return {
    name,
    packages,
    needs: [program],
    prepare: ({ data }) => writeFileSync(`${data}/script`, script),
    command: ({ data }) => [program, ...args, `${data}/script`],
    client: dialogue(/^hello alice\r?\n/, { say: 'alice\n' }),
    ...others,
  };
}

const JAVA = `import java.util.Scanner;
public class Hello {
  public static void main(String[] args) { System.out.println("hello " + new Scanner(System.in).nextLine()); }
}
`;

const NET_SERVER = `package Greeter;
use base 'Net::Server::INET';
sub process_request { my $name = <STDIN>; print "hello $name"; }
Greeter->run(log_level => 0);
`;

function compiled({ data }: Place): void {
  writeFileSync(`${data}/Hello.java`, JAVA);
  execFileSync('/usr/bin/javac', ['-d', data, `${data}/Hello.java`]);
}

/** A small answer of a program in each language. */
export const LANGUAGES: readonly RoundsService[] = [
  greeter('perl', ['perl'], '/usr/bin/perl', '$| = 1; my $name = <STDIN>; print "hello $name";\n'),
  greeter('net-server', ['perl', 'libnet-server-perl'], '/usr/bin/perl', NET_SERVER, {
    needs: ['/usr/bin/perl', '/usr/share/perl5/Net/Server.pm'],
  }),
  greeter('python', ['python3'], '/usr/bin/python3', 'print("hello", input(), flush=True)\n'),
  greeter('ruby', ['ruby'], '/usr/bin/ruby', 'puts "hello #{gets}"\n'),
  greeter('lua', ['lua5.4'], '/usr/bin/lua5.4', 'print("hello " .. io.read())\n'),
  greeter(
    'guile',
    ['guile-3.0'],
    '/usr/bin/guile-3.0',
    '(use-modules (ice-9 rdelim))(display (string-append "hello " (read-line) "\\n"))\n',
  ),
  greeter('tcl', ['tcl'], '/usr/bin/tclsh', 'puts "hello [gets stdin]"\n'),
  greeter('php', ['php8.2-cli'], '/usr/bin/php8.2', '<?php echo "hello ", fgets(STDIN);\n'),
  greeter('ocaml', ['ocaml'], '/usr/bin/ocaml', 'let () = print_endline ("hello " ^ read_line ())\n'),
  greeter(
    'swi-prolog',
    ['swi-prolog-nox'],
    '/usr/bin/swipl',
    ':- initialization((read_term(user_input, X, []), format("hello ~w~n", [X]), halt)).\n',
    { client: dialogue(/^hello alice\r?\n/, { say: 'alice.\n' }), args: ['-q'] },
  ),
  greeter(
    'erlang',
    ['erlang-base'],
    '/usr/bin/escript',
    '#!/usr/bin/env escript\nmain(_) -> io:format("hello ~s", [io:get_line("")]).\n',
    {
      flags: ({ data }) => ['--rlimit', 'as=unlimited', '--rlimit', 'data=1GiB', '--env', `HOME=${data}`],
    },
  ),
  {
    name: 'java',
    packages: ['openjdk-17-jdk-headless'],
    needs: ['/usr/bin/java', '/usr/bin/javac'],
    flags: () => ['--rlimit', 'as=unlimited', '--rlimit', 'data=1GiB'],
    prepare: compiled,
    command: ({ data }) => ['/usr/bin/java', '-XX:-UsePerfData', '-XX:-MaxFDLimit', '-cp', data, 'Hello'],
    client: dialogue(/^hello alice\r?\n/, { say: 'alice\n' }),
  },
];
