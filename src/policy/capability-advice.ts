import type { CapabilityName } from '../kernel/capabilities.ts';
import type { Combination, ReadValues } from './combinations.ts';

/** The access that a capability opens beyond its purpose. Source: capabilities(7). */
const OPENS: Readonly<Partial<Record<CapabilityName, string>>> = {
  CAP_CHOWN: 'it can take over any file',
  CAP_DAC_OVERRIDE: 'it reads and writes every file',
  CAP_DAC_READ_SEARCH: 'it reads every file, also outside of its root (open_by_handle_at)',
  CAP_FOWNER: 'it changes the mode of every file',
  CAP_FSETID: 'it keeps set-user-ID bits on files that it changes',
  CAP_KILL: 'it signals every process it can see',
  CAP_SETGID: 'it becomes any group',
  CAP_SETUID: 'it becomes any user, root included',
  CAP_SETPCAP: 'it hands capabilities on',
  CAP_NET_ADMIN: 'it configures the network, its firewall included',
  CAP_NET_RAW: 'it forges and reads packets',
  CAP_SYS_MODULE: 'it loads code into the kernel',
  CAP_SYS_RAWIO: 'it reaches the memory and the devices of the host',
  CAP_SYS_CHROOT: 'it leaves its root',
  CAP_SYS_PTRACE: 'it takes over every process it can see',
  CAP_SYS_ADMIN: 'it is as good as root',
  CAP_SYS_BOOT: 'it restarts the host or loads another kernel',
  CAP_SYS_RESOURCE: 'it raises its own limits',
  CAP_SYS_TIME: 'it sets the clock of the host',
  CAP_MKNOD: 'it makes device files, and so reaches disks and memory',
  CAP_SETFCAP: 'it gives capabilities to files',
  CAP_MAC_ADMIN: 'it changes the rules of the security module',
  CAP_MAC_OVERRIDE: 'it goes around the security module',
  CAP_BPF: 'it loads programs into the kernel',
  CAP_PERFMON: 'it watches the kernel and other processes',
  CAP_CHECKPOINT_RESTORE: 'it takes the place of other processes',
};

/** Returns findings about the access that the kept capabilities give the service. */
export function capabilityAdvice(values: ReadValues): readonly Combination[] {
  const capabilities = values.capabilities ?? [];
  const findings: Combination[] = [];
  for (const [index, name] of capabilities.entries()) {
    const path = `capabilities.${index}`;
    if (capabilities.indexOf(name) < index) {
      const help = 'keep one of the two';
      findings.push({
        path,
        severity: 'error',
        code: 'capability-twice',
        message: `'${name}' is named twice`,
        help,
      });
    } else if (name === 'CAP_SYS_RAWIO' && values.exec === 'once') {
      findings.push({
        path,
        severity: 'error',
        code: 'rawio-exec-once',
        message: "a service with CAP_SYS_RAWIO can map page 0, on which 'exec: once' rests",
        help: 'remove the capability, or write exec: allow',
      });
    } else if (OPENS[name] !== undefined) {
      findings.push({
        path,
        severity: 'warning',
        code: 'capability-power',
        message: `a service with ${name} is hardly confined: ${OPENS[name]}`,
        help: 'remove the capability, unless the service cannot work without it',
        about: [name],
      });
    }
  }
  return findings;
}
