import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { TestFolder } from './test-folder.ts';

/** Asks for its own number: by the 32-bit entry, or with an argument by the number of x32. */
const SOURCE = `
#include <sys/syscall.h>
#include <unistd.h>
int main(int count, char **words)
{
	(void)words;
	if (count > 1)
		return syscall(0x40000000 | SYS_getpid) != getpid();
	long result = 20;
	__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
	return result != getpid();
}
`;

/** The ways into a kernel of x86-64 beside its own calls. */
export interface ForeignCalls {
  /** 32-bit calls (CONFIG_IA32_EMULATION, and no `ia32_emulation=0` at boot). Without them `int 0x80` is a fault. */
  readonly i386: boolean;
  /** Calls with numbers of x32 (CONFIG_X86_X32_ABI). Without it they answer ENOSYS. */
  readonly x32: boolean;
}

/** Tries which of them this kernel has. */
export function foreignCalls(): ForeignCalls {
  using folder = new TestFolder();
  const program = join(folder.path, 'foreign');
  execFileSync('cc', ['-O1', '-o', program, '-x', 'c', '-'], { input: SOURCE });
  const i386 = spawnSync(program);
  if (i386.status !== 0 && i386.signal !== 'SIGSEGV')
    throw new Error(`int 0x80 ended with ${i386.signal ?? i386.status}`);
  return { i386: i386.status === 0, x32: spawnSync(program, ['x32']).status === 0 };
}
