import type { Diagnostic } from '../../policy/diagnostic.ts';
import type { ListenAddress, Policy, PortAddress } from '../../policy/policy.ts';

/** The distance by which privileged ports move where the caller may not bind them: port 7 becomes 10007. */
const PORT_OFFSET = 10_000;

/** The same policy on ports that need no privilege, with a warning for each port that moved. */
export function raisePorts(
  policy: Policy,
  unprivilegedPortStart: number,
): { readonly policy: Policy; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const raisedPort = (address: PortAddress, index: number): PortAddress => {
    if (address.port >= unprivilegedPortStart || address.inherit !== undefined) return address;
    const port = address.port + PORT_OFFSET;
    diagnostics.push({
      code: 'port-raised',
      severity: 'warning',
      message: `port ${address.port} needs root, since net.ipv4.ip_unprivileged_port_start is ${unprivilegedPortStart}; the service listens on ${port} instead`,
      span: policy.spans.get(`listen.${index}`) ?? policy.spans.get('listen'),
      help: undefined,
    });
    return { ...address, port, text: address.text.replace(/:\d+$/, `:${port}`) };
  };
  const raised = (address: ListenAddress, index: number): ListenAddress => {
    switch (address.kind) {
      case 'tcp':
      case 'udp':
        return raisedPort(address, index);
      case 'unix':
        return address;
    }
  };
  return { policy: { ...policy, listen: policy.listen.map(raised) }, diagnostics };
}
