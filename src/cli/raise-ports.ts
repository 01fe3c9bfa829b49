import type { ListenAddress, Policy } from '../policy/policy.ts';

/** How far privileged ports move when nobody may bind them: port 7 becomes 10007. */
export const PORT_OFFSET = 10_000;

/** The same policy on ports that need no privilege. */
export function raisePorts(policy: Policy, unprivilegedPortStart: number): Policy {
  const raised = (address: ListenAddress): ListenAddress => {
    if (address.port >= unprivilegedPortStart) return address;
    const port = address.port + PORT_OFFSET;
    return { ...address, port, text: address.text.replace(/:\d+$/, `:${port}`) };
  };
  return { ...policy, listen: policy.listen.map(raised) };
}
